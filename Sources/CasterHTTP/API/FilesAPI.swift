import CasterCore
import CasterDeploy
import Foundation
import Hummingbird

/// `sites/{identifier}/files`: to look at the files of a site, and to change some of them.
struct FilesAPI: Sendable {
    let platform: Platform

    struct Changes: Decodable {
        let base: String
        let files: [FilesBody.File]?
        let delete: [String]?
    }

    func list(_ request: Request, context: APIContext) async throws -> SiteFilesBody {
        let site = try await platform.site(context.parameters.require("identifier"), of: context.requireUser())
        let query = request.uri.queryParameters
        var selection = FileSelection(prefix: query["prefix"].map(String.init) ?? "")
        if let text = query["bytes"] {
            guard let number = Int(text), number >= 0 else {
                throw Refusal.invalid("bytes must be a whole number from 0 on")
            }
            selection.contentBytes = min(number, platform.limits.fileReadBytes)
        }
        return SiteFilesBody(try await platform.files(of: site, at: query["commit"].map(String.init), selection))
    }

    func content(_ request: Request, context: APIContext) async throws -> FileContentBody {
        let site = try await platform.site(context.parameters.require("identifier"), of: context.requireUser())
        let query = request.uri.queryParameters
        guard let name = query["name"] else { throw Refusal.invalid("name is missing: content?name=index.html") }
        let (file, commit) = try await platform.file(
            String(name), of: site, at: query["commit"].map(String.init))
        return FileContentBody(file: file, commit: commit)
    }

    func patch(_ request: Request, context: APIContext) async throws -> EditedResponse<DeployAPI.Accepted> {
        let user = try context.requireUser()
        let site = try await platform.site(context.parameters.require("identifier"), of: user)
        let body = try await request.json(
            Changes.self, limit: platform.limits.filesBodyBytes, setting: "1.5 × CASTER_UPLOAD_BYTES")
        let patch = FilePatch(
            base: body.base, files: try FilesBody.newFiles(body.files ?? []),
            deletions: try (body.delete ?? []).map { try SitePath($0) })
        let deployment = try await platform.patch(site, with: patch, from: .paste, by: user)
        return EditedResponse(
            status: .accepted,
            response: DeployAPI.Accepted(
                deploymentID: deployment.id, environment: "prod", contentHash: deployment.tree))
    }
}

/// The files of a commit; each as paste takes it, as far as its content was asked for.
struct SiteFilesBody: ResponseEncodable {
    let site: CommitFiles

    init(_ site: CommitFiles) { self.site = site }

    enum CodingKeys: String, CodingKey {
        case files
        case commit = "commit_sha"
        case contentHash = "content_hash"
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(site.commit, forKey: .commit)
        try container.encode(site.tree, forKey: .contentHash)
        try container.encode(site.files.map(SiteFileBody.init), forKey: .files)
    }
}

struct SiteFileBody: Encodable {
    let file: SiteFile

    enum CodingKeys: String, CodingKey { case name, size, hash, symlink, content, encoding }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(file.name, forKey: .name)
        try container.encode(file.size, forKey: .size)
        try container.encode(file.hash, forKey: .hash)
        if file.isSymlink { try container.encode(true, forKey: .symlink) }
        guard let content = file.content else { return }
        if let text = String(validating: content, as: UTF8.self) {
            try container.encode(text, forKey: .content)
        } else {
            try container.encode(Data(content).base64EncodedString(), forKey: .content)
            try container.encode("base64", forKey: .encoding)
        }
    }
}

/// One file with its content.
struct FileContentBody: ResponseEncodable {
    let file: SiteFile
    let commit: String

    enum CodingKeys: String, CodingKey { case commit = "commit_sha" }

    func encode(to encoder: any Encoder) throws {
        try SiteFileBody(file: file).encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(commit, forKey: .commit)
    }
}
