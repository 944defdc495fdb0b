import CasterCore
import CasterDeploy
import Hummingbird

/// Lets only those pass who present an API key, or an access token that was issued for the MCP server; others are told
/// where to get one (RFC 9728 §5.1, RFC 6750 §3).
struct MCPAuthentication: RouterMiddleware {
    let platform: Platform

    func handle(
        _ request: Request, context: APIContext, next: (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        var context = context
        do {
            guard let user = try await user(of: request) else {
                throw challenge("this needs an access token or an API key: Authorization: Bearer …", error: nil)
            }
            context.user = user
        } catch let refusal as Refusal where refusal.kind == .unauthenticated {
            throw challenge(refusal.sentence, error: "invalid_token")
        }
        return try await next(request, context)
    }

    /// Nil if the request bears nothing. Throws `Refusal.unauthenticated` for what is not valid.
    private func user(of request: Request) async throws -> User? {
        let words = request.headers[.authorization]?.split(separator: " ", maxSplits: 1) ?? []
        if words.count == 2, words[0].lowercased() == "bearer", words[1].hasPrefix(Platform.accessTokenPrefix) {
            return try await platform.user(accessToken: String(words[1]))
        }
        return try await APIKeyAuthentication(platform: platform).user(of: request)
    }

    private func challenge(_ sentence: String, error: String?) -> RequestProblem {
        var value = "Bearer "
        if let error { value += "error=\"\(error)\", " }
        value += "resource_metadata=\"\(OAuthMetadata.resourceMetadataURL(platform.address))\""
        value += ", scope=\"\(OAuthMetadata.scope)\""
        return RequestProblem(status: .unauthorized, sentence: sentence, headers: [.wwwAuthenticate: value])
    }
}
