import CasterCore
import CasterDeploy
import Foundation

/// The tools that read: files, and what a build printed.
extension ToolBox {
    /// Names in one list at most; more are counted.
    private static let listedFiles = 1000

    func readSiteFiles(_ call: Call) async throws -> ToolResult {
        let arguments = try ToolArguments(call.arguments, of: "site", "names", "prefix", "commit", "max_bytes")
        let limit = platform.limits.fileReadBytes
        let names = try arguments.texts("names")
        let selection = FileSelection(
            prefix: try arguments.optionalText("prefix") ?? "", names: names,
            contentBytes: try arguments.number("max_bytes", in: 0...limit) ?? min(limit, 65_536))
        let commit = try arguments.optionalText("commit")
        let site = try await platform.site(arguments.text("site"), of: call.user)
        let found = try await platform.files(of: site, at: commit, selection)
        let live = try await platform.liveDeployment(of: site)
        var result: OrderedJSON = [
            "site": .string(site.label), "commit_sha": .string(found.commit),
            "is_live": .bool(live?.tree == found.tree),
            "files": .array(found.files.prefix(Self.listedFiles).map { Self.json($0, withBinary: names != nil) }),
        ]
        if found.files.count > Self.listedFiles {
            result = result.with("files_left_out", .int(found.files.count - Self.listedFiles))
        }
        return ToolResult(result)
    }

    /// - Parameter withBinary: also content that is no text, which a model can do little with.
    private static func json(_ file: SiteFile, withBinary: Bool) -> OrderedJSON {
        var result: OrderedJSON = ["name": .string(file.name), "size": .int(file.size)]
        if file.isSymlink { result = result.with("symlink", true) }
        guard let content = file.content else { return result }
        if let text = String(validating: content, as: UTF8.self), withBinary || !text.utf8.contains(0) {
            return result.with("content", .string(text))
        }
        guard withBinary else { return result }
        return result.with("content", .string(Data(content).base64EncodedString())).with("encoding", "base64")
    }

    func getDeploymentLogs(_ call: Call) async throws -> ToolResult {
        let arguments = try ToolArguments(call.arguments, of: "site", "deployment_id", "max_bytes")
        let limit = try arguments.number("max_bytes", in: 1...platform.limits.fileReadBytes) ?? 16_384
        let number = try arguments.number("deployment_id", in: 1...Int.max)
        let site = try await platform.site(arguments.text("site"), of: call.user)
        let latest = try await platform.deployments(of: site, page: Page(limit: 1)).first?.id
        guard let id = number.map(Int64.init) ?? latest else {
            throw Refusal.notFound("this site has no deployments yet: deploy some files first")
        }
        let (deployment, log) = try await platform.deployment(id, of: site)
        let (shown, isCut) = LogText.end(of: log, bytes: limit)
        return ToolResult([
            "site": .string(site.label), "deployment_id": .int(deployment.id),
            "status": .string(deployment.status.rawValue), "created_at": .string(Self.text(deployment.createdAt)),
            "finished_at": .string(orNull: deployment.finishedAt.map(Self.text)), "log": .string(shown),
            "truncated": .bool(isCut),
        ])
    }
}
