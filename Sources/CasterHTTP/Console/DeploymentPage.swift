import CasterCore
import CasterDeploy
import HTTPTypes
import Hummingbird
import NIOCore

/// One deployment with its build log: `/sites/{identifier}/deployments/{id}`. The log itself streams from the same
/// events as the API's; without JavaScript the page shows its end.
struct DeploymentPage: Sendable {
    let platform: Platform

    private struct Content {
        let label: String
        let siteLink: String
        let url: String
        let row: DeploymentRow
        let isEnded: Bool
        let isLive: Bool
        let hasFailed: Bool
        /// Nil unless it failed and its log says where.
        let failure: FailedLine?
        /// The last lines of the log.
        let tail: String
        let isCut: Bool
    }

    /// Lines that the page shows without JavaScript.
    private static let tailLength = 500

    func show(_ request: Request, context: APIContext) async throws -> Response {
        let (site, deployment, log) = try await find(context)
        let lines = LogText.clean(log).split(separator: "\n", omittingEmptySubsequences: false)
        let content = Content(
            label: site.label, siteLink: "/sites/\(site.siteID.short)",
            url: platform.address.siteURL(label: site.label), row: DeploymentRow(deployment, of: site),
            isEnded: deployment.status.isEnded, isLive: deployment.status == .live,
            hasFailed: deployment.status == .failed,
            failure: deployment.status == .failed ? FailedLine(log: log) : nil,
            tail: lines.suffix(Self.tailLength).joined(separator: "\n"), isCut: lines.count > Self.tailLength)
        return ConsolePage(
            "Deployment \(deployment.id) of \(site.label)", for: context, scripts: ["times.js", "log.js"],
            content: content
        ).response("deployment")
    }

    /// The whole log as a text file, byte for byte but for what steers a terminal.
    func download(_ request: Request, context: APIContext) async throws -> Response {
        let (site, deployment, log) = try await find(context)
        return Response(
            status: .ok,
            headers: [
                .contentType: "text/plain; charset=utf-8", .cacheControl: "no-store",
                .contentDisposition: "attachment; filename=\"\(site.siteID.short)-\(deployment.id).log\"",
            ], body: ResponseBody(byteBuffer: ByteBuffer(string: LogText.clean(log))))
    }

    private func find(_ context: APIContext) async throws -> (site: Site, deployment: Deployment, log: String) {
        let site = try await platform.site(context.parameters.require("identifier"), of: context.requireUser())
        let (deployment, log) = try await platform.deployment(context.requireID(), of: site)
        return (site, deployment, log)
    }
}
