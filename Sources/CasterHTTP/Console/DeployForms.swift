import CasterCore
import CasterDeploy
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import ServiceLifecycle

/// The console's doors for files: the box on the start page, and the one on a site's page. Each takes a form with pasted
/// HTML or an archive, and JSON as the API does. A script gets the stages as events; others are led to a page.
struct DeployForms: Sendable {
    let platform: Platform

    /// What the script is told first.
    private struct Accepted: Encodable {
        let url: String
        let deployment: Int64
        /// The log's page, for whoever owns the site.
        let page: String?
        let claimToken: String?
        /// Seconds until an unclaimed site goes.
        let lifetime: Int?
    }

    /// Where the deployment has come to; the last is its end.
    private struct Stage: Encodable {
        let status: String
    }

    /// What somebody without an account sees.
    private struct Anonymous {
        let url: String
        let claimLink: String
        let claimToken: String
        let lifetime: String
    }

    /// To a new site: the account's, or nobody's.
    func deployNew(_ request: Request, context: APIContext) async throws -> Response {
        try await withFiles(of: request, context) { files in
            if let user = context.user {
                let made = try await platform.deployOnce(files, to: nil, by: user)
                return try answer(made.site, made.deployment, request, context)
            }
            let made = try await platform.deployAnonymously(files, from: request.clientAddress)
            return try answer(made.site, made.deployment, claimToken: made.claimToken, request, context)
        }
    }

    func deploy(_ request: Request, context: APIContext) async throws -> Response {
        let user = try context.requireUser()
        let site = try await platform.site(context.parameters.require("identifier"), of: user)
        return try await withFiles(of: request, context) { files in
            let deployment = try await platform.deploy(files, to: site, by: user)
            return try answer(site, deployment, request, context)
        }
    }

    private func answer(
        _ site: Site, _ deployment: Deployment, claimToken: String? = nil, _ request: Request, _ context: APIContext
    ) throws -> Response {
        let url = platform.address.siteURL(label: site.label)
        let page = "/sites/\(site.siteID.short)/deployments/\(deployment.id)"
        let lifetime = platform.limits.anonymousLifetime
        if request.headers[.accept]?.contains("text/event-stream") == true {
            let accepted = Accepted(
                url: url, deployment: deployment.id, page: claimToken == nil ? page : nil, claimToken: claimToken,
                lifetime: claimToken == nil ? nil : lifetime)
            return try events(of: deployment, accepted: accepted, context)
        }
        guard let claimToken else { return .redirect(to: page, type: .normal) }
        let content = Anonymous(
            url: url, claimLink: "/claim#\(claimToken)", claimToken: claimToken,
            lifetime: Moment.length(Double(lifetime)))
        return ConsolePage("Your page is online", for: context, scripts: ["copy.js"], content: content)
            .response("deployed", status: .accepted)
    }

    private func events(of deployment: Deployment, accepted: Accepted, _ context: APIContext) throws -> Response {
        let encoder = context.responseEncoder
        @Sendable func event(_ name: String, _ body: some Encodable & SendableMetatype) throws -> ByteBuffer {
            ByteBuffer(string: "event: \(name)\ndata: \(String(decoding: try encoder.encode(body), as: UTF8.self))\n\n")
        }
        let first = try event("accepted", accepted)
        let events = platform.follow(deployment.id)
        return .events { writer in
            try await writer.write(first)
            for try await change in events.cancelOnGracefulShutdown() {
                switch change {
                case .moved(let status): try await writer.write(event("stage", Stage(status: status.rawValue)))
                case .log(let lines, _): try await writer.write(event("log", lines))
                case .silence: try await writer.write(ByteBuffer(string: ":\n\n"))
                case .ended(let deployment):
                    try await writer.write(event("end", Stage(status: deployment.status.rawValue)))
                }
            }
        }
    }

    /// Reads the files out of the request, whose form token must be this browser's.
    private func withFiles(
        of request: Request, _ context: APIContext, _ body: (SiteFiles) async throws -> Response
    ) async throws -> Response {
        guard let browser = context.browser else { throw RequestProblem.foreignForm }
        if request.headers[.contentType]?.hasPrefix("multipart/") != true {
            guard browser.accepts(formToken: request.headers[.formToken]) else { throw RequestProblem.foreignForm }
            let files = try await request.json(
                FilesBody.self, limit: platform.limits.filesBodyBytes, setting: "1.5 × CASTER_UPLOAD_BYTES")
            return try await body(.list(try files.newFiles()))
        }
        return try await request.withForm(
            in: platform.folder.uploads, limit: platform.limits.archiveBytes, fieldBytes: platform.limits.requestBytes,
            logger: context.logger
        ) { form in
            guard browser.accepts(formToken: form.fields[Forms.tokenField]) else { throw RequestProblem.foreignForm }
            let html = form.fields["html"] ?? ""
            if let archive = form.file { return try await body(.archive(path: archive)) }
            guard !html.isEmpty else {
                throw Refusal.invalid("there is nothing to deploy: paste HTML, or choose a file")
            }
            return try await body(.list([NewFile(path: SitePath("index.html"), content: Array(html.utf8))]))
        }
    }
}

extension HTTPField.Name {
    /// The form's token, where a script sends no form.
    static let formToken = Self("X-Form-Token")!
}
