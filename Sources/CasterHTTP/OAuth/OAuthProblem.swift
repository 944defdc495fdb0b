import CasterCore
import HTTPTypes
import Hummingbird
import NIOCore

/// What is wrong with a request to the token or registration endpoint, in OAuth's words (RFC 6749 §5.2, RFC 7591 §3.2.2).
struct OAuthProblem: Error {
    let code: String
    let sentence: String
    var status = HTTPResponse.Status.badRequest

    static func invalidRequest(_ sentence: String) -> Self { Self(code: "invalid_request", sentence: sentence) }
    static func invalidGrant(_ sentence: String) -> Self { Self(code: "invalid_grant", sentence: sentence) }
    /// At which a client registers anew.
    static let client = Self(
        code: "invalid_client", sentence: "no program with this client_id has registered here: register anew",
        status: .unauthorized)
    static let target = Self(
        code: "invalid_target", sentence: "resource must be the URL of this MCP server, which is all there is here")

    var response: Response {
        OAuthAPI.json(["error": .string(code), "error_description": .string(sentence)], status: status)
    }
}

/// Turns what the endpoints of OAuth throw into OAuth's own answers.
struct OAuthErrors: RouterMiddleware {
    func handle(
        _ request: Request, context: APIContext, next: (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let problem as OAuthProblem {
            return problem.response
        }
    }
}
