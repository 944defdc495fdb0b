import CasterCore
import CasterDeploy
import Hummingbird

/// Lets only those pass who present an API key as a bearer token (RFC 6750 §2.1), and says who it is.
struct APIKeyAuthentication: RouterMiddleware {
    let platform: Platform

    func handle(
        _ request: Request, context: APIContext, next: (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        var context = context
        guard let user = try await user(of: request) else {
            throw Refusal.unauthenticated("this needs an API key: Authorization: Bearer YOUR_API_KEY")
        }
        context.user = user
        return try await next(request, context)
    }

    /// Whose key the request bears; nil if it bears none. Throws `Refusal.unauthenticated` for a wrong one.
    func user(of request: Request) async throws -> User? {
        guard let header = request.headers[.authorization] else { return nil }
        let words = header.split(separator: " ", maxSplits: 1)
        guard words.count == 2, words[0].lowercased() == "bearer" else {
            throw Refusal.unauthenticated("the Authorization header must be: Bearer YOUR_API_KEY")
        }
        return try await platform.user(apiKey: String(words[1]))
    }
}
