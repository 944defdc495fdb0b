import CasterCore
import CasterDeploy
import Foundation
import Hummingbird
import NIOCore
import ServiceLifecycle

/// One site: `/sites/{identifier}`.
struct SitePage: Sendable {
    let platform: Platform

    private struct Content {
        let label: String
        let short: String
        /// The name that it has, or an empty text.
        let siteName: String
        let link: String
        let url: String
        let gitURL: String
        let isLive: Bool
        let isNew: Bool
        /// Nil where the live deployment has no container.
        let container: ContainerRow?
        let created: Moment
        let rows: [DeploymentRow]
        /// The path of the deployments before these.
        let older: String?
        let isFirstPage: Bool
        /// The newest deployment's number, 0 if there is none.
        let newest: Int64
        /// Nil on the pages of older deployments.
        let traffic: TrafficView?
        /// For the box: where it sends files.
        let action: String
        let isSignedIn = true
    }

    /// What the deployments' table alone shows.
    private struct Deployments {
        let formToken: String
        let rows: [DeploymentRow]
    }

    /// What the container alone shows.
    private struct Container {
        let formToken: String
        let container: ContainerRow?
    }

    struct ContainerRow {
        let state: String
        let link: String
        let canWake: Bool
        let canStop: Bool

        init?(_ state: SiteEnvironment.ContainerState?, of site: Site) {
            guard let state else { return nil }
            self.state = state.rawValue
            link = "/sites/\(site.siteID.short)"
            canWake = state == .stopped
            canStop = state != .stopped
        }
    }

    private static let pageLength = 20

    func show(_ request: Request, context: APIContext) async throws -> Response {
        let site = try await site(context)
        let before = request.uri.queryParameters["before"].flatMap { Int64($0) } ?? .max
        let period = request.uri.queryParameters["traffic"].flatMap { TrafficPeriod(rawValue: String($0)) }
        return try await page(site, before: before, period: period ?? .day, context)
    }

    func rename(_ form: Form, _ request: Request, context: APIContext) async throws -> Response {
        let site = try await site(context)
        do {
            let renamed = try await platform.rename(site, to: form["name"])
            return .redirect(to: "/sites/\(renamed.siteID.short)", type: .normal)
        } catch let refusal as Refusal {
            return try await page(site, name: form["name"], problem: refusal, context)
        }
    }

    /// Asks for the label to be typed: what is deleted does not come back.
    func delete(_ form: Form, _ request: Request, context: APIContext) async throws -> Response {
        let site = try await site(context)
        guard form["confirmation"] == site.label else {
            let problem = Refusal.invalid("the site was not deleted: type \(site.label) to confirm")
            return try await page(site, problem: problem, context)
        }
        try await platform.delete(site)
        return .redirect(to: "/sites", type: .normal)
    }

    func rollBack(_ form: Form, _ request: Request, context: APIContext) async throws -> Response {
        let site = try await site(context)
        do {
            let deployment = try await platform.rollBack(to: context.requireID(), of: site)
            return .redirect(to: "/sites/\(site.siteID.short)/deployments/\(deployment.id)", type: .normal)
        } catch let refusal as Refusal {
            return try await page(site, problem: refusal, context)
        }
    }

    func wakeContainer(_ form: Form, _ request: Request, context: APIContext) async throws -> Response {
        try await control(context) { try await platform.wakeContainer(of: $0).environment }
    }

    func stopContainer(_ form: Form, _ request: Request, context: APIContext) async throws -> Response {
        try await control(context) { try await platform.stopContainer(of: $0).environment }
    }

    private func control(
        _ context: APIContext, _ body: (Site) async throws -> SiteEnvironment
    ) async throws -> Response {
        let site = try await site(context)
        do {
            _ = try await body(site)
            return .redirect(to: "/sites/\(site.siteID.short)", type: .normal)
        } catch let refusal as Refusal {
            return try await page(site, problem: refusal, context)
        }
    }

    /// The site's deployments as server-sent events, whenever one comes or moves on, or the container does: `deployments`,
    /// with the rows of the table and the container's state as HTML, and the newest one's number.
    func events(_ request: Request, context: APIContext) async throws -> Response {
        struct Change: Encodable {
            let html: String
            let container: String
            let newest: Int64?
        }
        let site = try await site(context)
        let formToken = context.browser?.formToken ?? ""
        let changes = platform.watch(site, limit: Self.pageLength)
        let encoder = context.responseEncoder
        return .events { writer in
            for try await now in changes.cancelOnGracefulShutdown() {
                let rows = now.deployments.map { DeploymentRow($0, of: site) }
                let change = Change(
                    html: PageTemplates.render("deployments", Deployments(formToken: formToken, rows: rows)),
                    container: PageTemplates.render(
                        "container",
                        Container(formToken: formToken, container: ContainerRow(now.containerState, of: site))),
                    newest: rows.first?.number)
                try await writer.write(
                    ByteBuffer(
                        string:
                            "event: deployments\ndata: \(String(decoding: encoder.encode(change), as: UTF8.self))\n\n"))
            }
            if Task.isShuttingDownGracefully { return }
            try await writer.write(ByteBuffer(string: "event: gone\ndata:\n\n"))
        }
    }

    /// What the container prints, as it comes.
    func output(_ request: Request, context: APIContext) async throws -> Response {
        struct Output {
            let label: String
            let link: String
        }
        let site = try await site(context)
        return ConsolePage(
            "Output of \(site.label)", for: context, scripts: ["log.js"],
            content: Output(label: site.label, link: "/sites/\(site.siteID.short)")
        ).response("output")
    }

    /// Throws `Refusal.notFound` for a site that is not the account's.
    func site(_ context: APIContext) async throws -> Site {
        try await platform.site(context.parameters.require("identifier"), of: context.requireUser())
    }

    private func page(
        _ site: Site, before: Int64 = .max, period: TrafficPeriod = .day, name: String? = nil,
        problem: Refusal? = nil, _ context: APIContext
    ) async throws -> Response {
        let found = try await platform.deployments(of: site, page: Page(limit: Self.pageLength + 1, before: before))
        let live = try await platform.liveDeployment(of: site)
        let containerState = try await platform.containerState(of: site)
        let report = before == .max && live != nil ? try await platform.traffic(of: site, over: period) : nil
        let shown = found.prefix(Self.pageLength)
        let link = "/sites/\(site.siteID.short)"
        let content = Content(
            label: site.label, short: site.siteID.short, siteName: name ?? site.name ?? "", link: link,
            url: platform.address.siteURL(label: site.label), gitURL: platform.address.gitURL(site.siteID),
            isLive: live != nil, isNew: found.isEmpty && before == .max,
            container: ContainerRow(containerState, of: site),
            created: Moment(site.createdAt),
            rows: shown.map { DeploymentRow($0, of: site) },
            older: found.count > shown.count ? shown.last.map { "\(link)?before=\($0.id)" } : nil,
            isFirstPage: before == .max, newest: found.first?.id ?? 0,
            traffic: report.map { TrafficView($0, link: link) }, action: "\(link)/deploy")
        return ConsolePage(
            site.label, for: context, scripts: ["times.js", "copy.js", "deploy.js", "log.js", "site.js"],
            problem: problem, content: content
        ).response("site", status: problem?.kind.status ?? .ok)
    }
}

extension Response {
    /// Server-sent events (WHATWG HTML §9.2), each sent on at once.
    static func events(
        _ write: @escaping @Sendable (inout any ResponseBodyWriter) async throws -> Void
    ) -> Response {
        Response(
            status: .ok,
            headers: [.contentType: "text/event-stream", .cacheControl: "no-store", .accelBuffering: "no"],
            body: ResponseBody { writer in
                try await write(&writer)
                try await writer.finish(nil)
            })
    }
}
