import CasterCore
import CasterDeploy
import Hummingbird

/// Lets only those pass who present an API key, or a token that was issued for the MCP server; others are told where
/// to get one (RFC 9728 §5.1).
struct MCPAuthentication: RouterMiddleware {
    let platform: Platform

    func handle(
        _ request: Request, context: APIContext, next: (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        var context = context
        do {
            guard let user = try await APIKeyAuthentication(platform: platform).user(of: request) else {
                throw challenge("this needs an API key or an access token", error: nil)
            }
            context.user = user
        } catch let refusal as Refusal where refusal.kind == .unauthenticated {
            throw challenge(refusal.sentence, error: "invalid_token")
        }
        return try await next(request, context)
    }

    private func challenge(_ sentence: String, error: String?) -> RequestProblem {
        RequestProblem(status: .unauthorized, sentence: sentence, headers: [.wwwAuthenticate: "Bearer"])
    }
}
