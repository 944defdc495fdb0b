import CasterCore
import CasterDeploy
import Foundation
import HTTPTypes
import Hummingbird
import ServiceLifecycle

/// `sites/{identifier}/deployments`.
struct DeploymentsAPI: Sendable {
    let platform: Platform

    func list(_ request: Request, context: APIContext) async throws -> Response {
        let paging = try Paging(request)
        let site = try await platform.site(context.parameters.require("identifier"), of: context.requireUser())
        let deployments = try await platform.deployments(of: site, page: paging.page)
        return try await paging.response(
            deployments, id: \.id, size: \.buildLog.utf8.count, request: request, context: context
        ) { deployment in
            DeploymentBody(deployment, buildLog: try await platform.buildLog(of: deployment.id))
        }
    }

    func get(_ request: Request, context: APIContext) async throws -> DeploymentBody {
        let site = try await platform.site(context.parameters.require("identifier"), of: context.requireUser())
        let (deployment, log) = try await platform.deployment(context.requireID(), of: site)
        return DeploymentBody(deployment, buildLog: log)
    }
}

extension DeploymentsAPI {
    /// The build log as server-sent events (WHATWG HTML §9.2): `log` with lines, then one `end` with the deployment.
    /// An event's ID is the number of bytes up to its end, so that a client goes on with `Last-Event-ID`.
    func logs(_ request: Request, context: APIContext) async throws -> Response {
        let site = try await platform.site(context.parameters.require("identifier"), of: context.requireUser())
        let id = try context.requireID()
        _ = try await platform.deployment(id, of: site)
        let start = request.headers[.lastEventID].flatMap(Int.init) ?? 0
        let events = platform.follow(id, from: max(0, start))
        let encoder = context.responseEncoder
        return Response(
            status: .ok,
            headers: [.contentType: "text/event-stream", .cacheControl: "no-store", .accelBuffering: "no"],
            body: ResponseBody { writer in
                var offset = max(0, start)
                // The head goes out at once, also if nothing is printed.
                try await writer.write(ByteBuffer(string: ": the build log\n\n"))
                for try await event in events.cancelOnGracefulShutdown() {
                    switch event {
                    case .moved: break
                    case .silence: try await writer.write(ByteBuffer(string: ":\n\n"))
                    case .log(let lines, let end):
                        offset = end
                        try await writer.write(
                            ByteBuffer(string: "id: \(offset)\nevent: log\n\(Self.data(lines))\n"))
                    case .ended(let deployment):
                        let log = try await platform.buildLog(of: id)
                        let body = try encoder.encode(DeploymentBody(deployment, buildLog: log))
                        let text = String(decoding: body, as: UTF8.self)
                        try await writer.write(ByteBuffer(string: "id: \(offset)\nevent: end\ndata: \(text)\n\n"))
                    }
                }
                try await writer.finish(nil)
            })
    }
}

extension DeploymentsAPI {
    /// Lines as fields of an event. A carriage return would end a field too; in Swift, with the newline behind it, it is
    /// one character: hence bytes.
    static func data(_ lines: String) -> String {
        var text = lines.utf8.filter { $0 != UInt8(ascii: "\r") }[...]
        if text.last == UInt8(ascii: "\n") { text.removeLast() }
        return text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            .map { "data: \(String(decoding: $0, as: UTF8.self))\n" }.joined()
    }
}

/// A deployment as the seed prints it.
struct DeploymentBody: ResponseEncodable {
    let deployment: Deployment
    let buildLog: String

    init(_ deployment: Deployment, buildLog: String) {
        self.deployment = deployment
        self.buildLog = buildLog
    }

    enum CodingKeys: String, CodingKey {
        case id, status, source
        case environmentID = "environment_id"
        case commit = "commit_sha"
        case contentHash = "content_hash"
        case imageTag = "image_tag"
        case containerPort = "container_port"
        case buildLog = "build_log"
        case createdAt = "created_at"
        case finishedAt = "finished_at"
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(deployment.id, forKey: .id)
        try container.encode(deployment.environmentID, forKey: .environmentID)
        try container.encode(deployment.commit, forKey: .commit)
        try container.encode(deployment.tree, forKey: .contentHash)
        try container.encode(deployment.imageTag, forKey: .imageTag)
        try container.encode(deployment.containerPort, forKey: .containerPort)
        try container.encode(deployment.source.rawValue, forKey: .source)
        try container.encode(deployment.status.rawValue, forKey: .status)
        try container.encode(buildLog, forKey: .buildLog)
        try container.encode(deployment.createdAt, forKey: .createdAt)
        try container.encode(deployment.finishedAt, forKey: .finishedAt)
    }
}
