import CasterCore
import CasterDeploy
import Hummingbird

/// Lets only those pass who present an API key as a bearer token (RFC 6750 §2.1), and says who it is.
struct APIKeyAuthentication: RouterMiddleware {
    let platform: Platform

    func handle(
        _ request: Request, context: APIContext, next: (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        let words = (request.headers[.authorization] ?? "").split(separator: " ", maxSplits: 1)
        guard words.count == 2, words[0].lowercased() == "bearer" else {
            throw Refusal.unauthenticated("this needs an API key: Authorization: Bearer YOUR_API_KEY")
        }
        var context = context
        context.user = try await platform.user(apiKey: String(words[1]))
        return try await next(request, context)
    }
}
