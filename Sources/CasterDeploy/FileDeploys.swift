import CasterCore
import CasterGit
import CasterStore
import Foundation

/// One file as it is handed over outside git.
public struct NewFile: Sendable {
    public let path: SitePath
    public let content: [UInt8]

    public init(path: SitePath, content: [UInt8]) {
        self.path = path
        self.content = content
    }
}

extension Platform {
    /// Replaces a site's content by these files: a commit on `main`, which takes the way of every push.
    ///
    /// Throws `Refusal.invalid` for names that clash or that git refuses, `.tooLarge` beyond a limit.
    public func deploy(
        _ files: [NewFile], to site: Site, from source: DeploymentSource, by user: User?
    ) async throws -> Deployment {
        try check(files)
        return try await commit(to: site, from: source, by: user) { writer in
            for file in files { try writer.check(file.path) }
            for file in files {
                try file.content.withUnsafeBytes { try writer.add(file.path, content: $0, isExecutable: false) }
            }
        }
    }

    /// Throws what `deploy` would throw for these files, before anything is stored.
    func check(_ files: [NewFile]) throws {
        guard !files.isEmpty else { throw Refusal.invalid("files must have at least one file") }
        try check(files, deletions: [])
    }

    /// The same for changes: a name may be there once, among both.
    func check(_ files: [NewFile], deletions: [SitePath]) throws {
        guard files.count + deletions.count <= limits.uploadFiles else {
            throw Refusal.tooLarge("a site has at most \(limits.uploadFiles) files (CASTER_UPLOAD_FILES)")
        }
        var paths = SitePathSet()
        for path in deletions { try paths.insert(path) }
        var total = 0
        for file in files {
            try paths.insert(file.path)
            total += file.content.count
            guard file.content.count <= limits.uploadFileBytes else {
                throw Refusal.tooLarge(
                    "\(file.path.text.quoted) is larger than \(limits.uploadFileBytes) bytes (CASTER_UPLOAD_FILE_BYTES)"
                )
            }
            guard total <= limits.uploadBytes else {
                throw Refusal.tooLarge("the files are larger than \(limits.uploadBytes) bytes (CASTER_UPLOAD_BYTES)")
            }
        }
    }

    /// Makes a commit of what `add` hands to the writer, and accepts it.
    func commit(
        to site: Site, from source: DeploymentSource, by user: User?,
        add: @escaping @Sendable (inout CommitWriter) throws -> Void
    ) async throws -> Deployment {
        let path = folder.repo(site.siteID)
        let author =
            user.map { (name: String($0.email.prefix { $0 != "@" }), email: $0.email) }
            ?? (name: "Anonymous", email: "anonymous@\(address.domain)")
        let (commit, tree) = try await BlockingThreads.disk {
            var writer = CommitWriter(repository: try Repository(path: path))
            try add(&writer)
            return try writer.commit(
                message: "Deployed by \(source.rawValue)\n", author: author,
                time: Int64(Date.now.timeIntervalSince1970))
        }
        return try await accept(commit, tree: tree, of: site, from: source)
    }

    /// Makes the release of an earlier deployment live again, as a new deployment. One that was removed is built
    /// again from its commit.
    ///
    /// Throws `Refusal.notFound` if the site has no such deployment.
    public func rollBack(to id: Int64, of site: Site) async throws -> Deployment {
        guard let target = try await store.deployment(id), target.siteID == site.id else {
            throw Refusal.notFound("there is no such deployment of this site")
        }
        guard target.status == .live || target.status == .superseded else {
            throw Refusal.conflict("deployment \(id) is \(target.status.rawValue): only one that was live can be again")
        }
        let new = NewDeployment(
            site: site, commit: target.commit, tree: target.tree, source: .rollback, releaseID: target.releaseID)
        // An older commit on purpose: where main points to does not matter.
        return try await accept(new) { nil }
    }
}
