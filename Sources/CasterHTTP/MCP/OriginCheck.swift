import CasterCore
import HTTPTypes
import Hummingbird

/// Refuses a browser's request that another site's page makes (2025-11-25, Transports, "Security Warning"): programs send
/// no `Origin`, and pages of our own send ours.
struct OriginCheck: RouterMiddleware {
    let address: PublicAddress

    func handle(
        _ request: Request, context: APIContext, next: (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        if let origin = request.headers[HTTPField.Name("Origin")!], !isOurs(origin, request) {
            throw RequestProblem(
                status: .forbidden, sentence: "requests from pages of \(origin.quoted) are not accepted", headers: [:])
        }
        return try await next(request, context)
    }

    /// The edge lets only the platform's own hosts through to here, so a request's host is one of ours.
    private func isOurs(_ origin: String, _ request: Request) -> Bool {
        let origin = origin.lowercased()
        if origin == address.consoleURL { return true }
        guard let host = request.head.authority?.lowercased() else { return false }
        return origin == "\(address.scheme)://\(host)"
    }
}
