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
        /// What a failed deployment says of the reason.
        let reason: String?
        /// The last lines of the log.
        let tail: String
        let isCut: Bool
    }

    /// Lines that the page shows without JavaScript.
    private static let tailLength = 500

    func show(_ request: Request, context: APIContext) async throws -> Response {
        let (site, deployment, log) = try await find(context)
        let lines = LogText.plain(log).split(separator: "\n", omittingEmptySubsequences: false)
        let reason = lines.last { $0.hasPrefix("Failed: ") }.map { String($0.dropFirst("Failed: ".count)) }
        let content = Content(
            label: site.label, siteLink: "/sites/\(site.siteID.short)",
            url: platform.address.siteURL(label: site.label), row: DeploymentRow(deployment, of: site),
            isEnded: deployment.status.isEnded, isLive: deployment.status == .live,
            hasFailed: deployment.status == .failed, reason: deployment.status == .failed ? reason : nil,
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
            ], body: ResponseBody(byteBuffer: ByteBuffer(string: LogText.plain(log))))
    }

    private func find(_ context: APIContext) async throws -> (site: Site, deployment: Deployment, log: String) {
        let site = try await platform.site(context.parameters.require("identifier"), of: context.requireUser())
        let (deployment, log) = try await platform.deployment(context.requireID(), of: site)
        return (site, deployment, log)
    }
}

/// Build logs, which are strangers' text.
enum LogText {
    /// Without escape sequences (ECMA-48) and control characters other than tab and newline.
    static func plain(_ log: String) -> String {
        guard log.utf8.contains(where: { $0 < 0x20 && $0 != UInt8(ascii: "\n") }) else { return log }
        var text: [UInt8] = []
        var rest = Array(log.utf8)[...]
        while let byte = rest.popFirst() {
            switch byte {
            case 0x1b: skipEscape(&rest)
            case UInt8(ascii: "\n"), UInt8(ascii: "\t"), 0x20...: text.append(byte)
            default: break
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// What follows ESC: a control sequence up to its final byte, a string up to BEL or ESC \, or one character.
    private static func skipEscape(_ rest: inout ArraySlice<UInt8>) {
        guard let kind = rest.popFirst() else { return }
        switch kind {
        case UInt8(ascii: "["):
            while let byte = rest.popFirst(), !(0x40...0x7e).contains(byte), byte != UInt8(ascii: "\n") {}
        case UInt8(ascii: "]"), UInt8(ascii: "P"), UInt8(ascii: "_"), UInt8(ascii: "^"):
            while let byte = rest.first, byte != UInt8(ascii: "\n") {
                rest = rest.dropFirst()
                if byte == 0x07 { return }
                if byte == 0x1b {
                    if rest.first == UInt8(ascii: "\\") { rest = rest.dropFirst() }
                    return
                }
            }
        default: break
        }
    }
}
