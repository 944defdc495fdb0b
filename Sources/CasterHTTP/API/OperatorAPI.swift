import CasterCore
import CasterDeploy
import Hummingbird
import NIOCore

/// What operators and their tools ask: `/healthz`, `/readyz` and `/metrics`.
struct OperatorAPI: Sendable {
    let platform: Platform

    struct Health: ResponseEncodable {
        let status = "ok"
    }

    /// The process answers.
    func health(_ request: Request, context: APIContext) async throws -> Health { Health() }

    /// The platform can take a deployment; else 503 with what is wrong.
    func readiness(_ request: Request, context: APIContext) async throws -> Health {
        try await platform.checkReadiness()
        return Health()
    }

    /// Prometheus' text format, version 0.0.4; for this machine only, to others it is not there.
    func metrics(_ request: Request, context: APIContext) async throws -> Response {
        guard request.clientAddress.isLoopback else { throw HTTPError(.notFound) }
        return Response(
            status: .ok, headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: try await platform.metrics())))
    }
}
