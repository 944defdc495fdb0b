import CasterCore
import CasterDeploy
import Foundation

/// The tools about sites as such.
extension ToolBox {
    func listSites(_ call: Call) async throws -> ToolResult {
        let arguments = try ToolArguments(call.arguments, of: "limit", "cursor")
        let limit = try arguments.number("limit", in: 1...Paging.greatestLimit) ?? Paging.standardLimit
        let cursor = try arguments.number("cursor", in: 1...Int.max) ?? .max
        // One more tells whether there is a next page.
        let sites = try await platform.sites(of: call.user, page: Page(limit: limit + 1, before: Int64(cursor)))
        var result: OrderedJSON = ["sites": .array(sites.prefix(limit).map { json($0) })]
        if sites.count > limit { result = result.with("next_cursor", .int(sites[limit - 1].id)) }
        return ToolResult(result)
    }

    func getSite(_ call: Call) async throws -> ToolResult {
        let arguments = try ToolArguments(call.arguments, of: "site")
        let site = try await platform.site(arguments.text("site"), of: call.user)
        let deployments = try await platform.deployments(of: site, page: Page(limit: 10))
        return ToolResult(
            json(site).with("git_url", .string(platform.address.gitURL(site.siteID)))
                .with("deployments", .array(deployments.map(Self.json))))
    }

    func renameSite(_ call: Call) async throws -> ToolResult {
        let arguments = try ToolArguments(call.arguments, of: "site", "name")
        let name = try arguments.text("name")
        let site = try await platform.site(arguments.text("site"), of: call.user)
        return ToolResult(json(try await platform.rename(site, to: name)))
    }

    func deleteSite(_ call: Call) async throws -> ToolResult {
        let arguments = try ToolArguments(call.arguments, of: "site")
        let site = try await platform.site(arguments.text("site"), of: call.user)
        try await platform.delete(site)
        return ToolResult(["site": .string(site.label), "deleted": true])
    }

    func json(_ site: Site) -> OrderedJSON {
        [
            "site": .string(site.label), "site_id": .string(site.siteID.hex), "name": .string(orNull: site.name),
            "url": .string(platform.address.siteURL(label: site.label)),
            "created_at": .string(Self.text(site.createdAt)),
        ]
    }

    static func json(_ deployment: Deployment) -> OrderedJSON {
        [
            "deployment_id": .int(deployment.id), "status": .string(deployment.status.rawValue),
            "source": .string(deployment.source.rawValue), "commit_sha": .string(deployment.commit),
            "created_at": .string(text(deployment.createdAt)),
            "finished_at": .string(orNull: deployment.finishedAt.map(text)),
        ]
    }

    /// As REST writes times: UTC, in whole seconds.
    static func text(_ date: Date) -> String { date.formatted(.iso8601) }
}
