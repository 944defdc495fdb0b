import CasterCore
import CasterDeploy
import Foundation
import Hummingbird

/// The files of a site, and an editor for text that deploys on save. A page is only ever shown as text here: it runs on
/// the site's own origin.
struct FilesPage: Sendable {
    let platform: Platform

    private struct Files {
        let label: String
        let siteLink: String
        /// The first 8 digits of the commit that is shown, and of `main`'s.
        let commit: String
        let tip: String
        let isBehind: Bool
        let rows: [Row]
        let isCut: Bool
        let count: Int
        let total: Int
    }

    private struct Row {
        let path: String
        /// Nil for a symlink.
        let link: String?
        let size: String
    }

    private struct File {
        let label: String
        let siteLink: String
        let path: String
        let address: String
        let isText: Bool
        let text: String
        let size: String
        /// The commit that the text is of.
        let base: String
        /// It is not the newest one, so it can only be read.
        let isOld: Bool
    }

    private static let listLength = 1000

    /// Bytes of a file that the editor takes: in a form each may become three.
    private var editableBytes: Int { platform.limits.requestBytes / 4 }

    func list(_ request: Request, context: APIContext) async throws -> Response {
        let site = try await site(context)
        let live = try await platform.liveDeployment(of: site)
        let shown = try await platform.files(of: site, at: live?.commit)
        let tip = try await platform.files(of: site, FileSelection(names: [])).commit
        let link = "/sites/\(site.siteID.short)"
        let at = shown.commit == tip ? "" : "&commit=\(shown.commit)"
        let rows = shown.files.prefix(Self.listLength).map { file in
            Row(
                path: file.name, link: file.isSymlink ? nil : "\(link)/file?name=\(file.name.inQuery)\(at)",
                size: file.isSymlink ? "link" : ByteCount.words(file.size))
        }
        let content = Files(
            label: site.label, siteLink: link, commit: String(shown.commit.prefix(8)), tip: String(tip.prefix(8)),
            isBehind: shown.commit != tip, rows: rows, isCut: shown.files.count > rows.count, count: rows.count,
            total: shown.files.count)
        return ConsolePage("Files of \(site.label)", for: context, content: content).response("files")
    }

    func show(_ request: Request, context: APIContext) async throws -> Response {
        let site = try await site(context)
        let name = request.uri.queryParameters["name"].map(String.init) ?? ""
        let asked = request.uri.queryParameters["commit"].map(String.init)
        let (file, commit) = try await platform.file(name, of: site, at: asked)
        let tip = try await platform.files(of: site, FileSelection(names: [])).commit
        let bytes = file.content ?? []
        let text = bytes.count <= editableBytes && !bytes.contains(0) ? String(validating: bytes, as: UTF8.self) : nil
        return page(site, name, text: text, size: file.size, base: commit, isOld: commit != tip, context)
    }

    /// Browsers send line ends as CR LF; a file that has none of these gets LF back.
    func save(_ form: Form, _ request: Request, context: APIContext) async throws -> Response {
        let user = try context.requireUser()
        let site = try await site(context)
        let (name, base) = (form["name"], form["base"])
        do {
            let (file, _) = try await platform.file(name, of: site, at: base)
            let hasCarriageReturns = file.content?.contains(UInt8(ascii: "\r")) ?? false
            let content = form["content"].utf8.filter { hasCarriageReturns || $0 != UInt8(ascii: "\r") }
            let patch = FilePatch(
                base: base, files: [NewFile(path: try SitePath(name), content: content)], deletions: [])
            let deployment = try await platform.patch(site, with: patch, from: .paste, by: user)
            return .redirect(to: "/sites/\(site.siteID.short)/deployments/\(deployment.id)", type: .normal)
        } catch let refusal as Refusal {
            return page(site, name, text: form["content"], size: 0, base: base, problem: refusal, context)
        }
    }

    private func page(
        _ site: Site, _ name: String, text: String?, size: Int, base: String, isOld: Bool = false,
        problem: Refusal? = nil,
        _ context: APIContext
    ) -> Response {
        let path = name.addingPercentEncoding(withAllowedCharacters: .urlPathAllowed) ?? ""
        let content = File(
            label: site.label, siteLink: "/sites/\(site.siteID.short)", path: name,
            address: "\(platform.address.siteURL(label: site.label))/\(path)", isText: text != nil, text: text ?? "",
            size: ByteCount.words(size), base: base, isOld: isOld)
        return ConsolePage(name, for: context, problem: problem, content: content)
            .response("file", status: problem?.kind.status ?? .ok)
    }

    private func site(_ context: APIContext) async throws -> Site {
        try await platform.site(context.parameters.require("identifier"), of: context.requireUser())
    }
}

/// Sizes of files in words.
enum ByteCount {
    /// `812 bytes`, `25 KB`, `1.4 MB`, `2.0 GB`: in units of 1,024.
    static func words(_ bytes: Int) -> String {
        switch bytes {
        case ..<1024: "\(bytes) byte\(bytes == 1 ? "" : "s")"
        case ..<(1 << 20): "\((bytes + 512) >> 10) KB"
        case ..<(1 << 30): tenths(bytes >> 10, "MB")
        default: tenths(bytes >> 20, "GB")
        }
    }

    private static func tenths(_ size: Int, _ unit: String) -> String {
        "\(size * 10 / 1024 / 10).\(size * 10 / 1024 % 10) \(unit)"
    }
}
