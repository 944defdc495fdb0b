import HTTPTypes
import Hummingbird

/// Refuses requests that change something and come from a page of another origin. `same-site` is another origin too:
/// users' sites are siblings of the console.
struct CrossSiteRequests: RouterMiddleware {
    func handle(
        _ request: Request, context: APIContext, next: (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        guard request.method == .get || request.method == .head || Self.isOwn(request) else {
            throw RequestProblem.foreignForm
        }
        return try await next(request, context)
    }

    /// Browsers say where a request comes from: in `Sec-Fetch-Site` (Fetch Metadata, W3C) where the address is
    /// trustworthy, else in `Origin`. What says neither is refused too: no browser sends forms like that.
    static func isOwn(_ request: Request) -> Bool {
        if let site = request.headers[.secFetchSite] { return site == "same-origin" || site == "none" }
        guard let origin = request.headers[.origin], let host = request.head.authority else { return false }
        return origin == "http://\(host)" || origin == "https://\(host)"
    }
}

extension HTTPField.Name {
    static let secFetchSite = Self("Sec-Fetch-Site")!
}
