import CasterCore
import CasterDeploy
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// The endpoints of OAuth 2.1 that programs call: `oauth/token`, `oauth/register` and `oauth/revoke`. No client has a
/// secret: what proves it is the code verifier (RFC 7636).
struct OAuthAPI: Sendable {
    let platform: Platform

    private struct Registration: Decodable {
        let redirectURIs: [String]?
        let name: String?

        enum CodingKeys: String, CodingKey {
            case redirectURIs = "redirect_uris"
            case name = "client_name"
        }
    }

    /// RFC 7591 §3: what was asked for otherwise is replaced by what there is.
    func register(_ request: Request, context: APIContext) async throws -> Response {
        do {
            let body = try await request.json(Registration.self, limit: platform.limits.requestBytes)
            let client = try await platform.registerOAuthClient(
                name: body.name, redirectURIs: body.redirectURIs ?? [], from: request.clientAddress)
            return Self.json(
                [
                    "client_id": .string(client.id), "client_name": .string(client.name),
                    "client_id_issued_at": .int(Int(Date.now.timeIntervalSince1970)),
                    "redirect_uris": .array(client.redirectURIs.map { .string($0.text) }),
                    "grant_types": ["authorization_code", "refresh_token"], "response_types": ["code"],
                    "token_endpoint_auth_method": "none", "scope": .string(OAuthMetadata.scope),
                ], status: .created)
        } catch let refusal as Refusal where refusal.kind == .invalid {
            let isAboutURIs = refusal.sentence.contains("redirect")
            throw OAuthProblem(
                code: isAboutURIs ? "invalid_redirect_uri" : "invalid_client_metadata", sentence: refusal.sentence)
        }
    }

    /// RFC 6749 §4.1.3 and §6.
    func token(_ request: Request, context: APIContext) async throws -> Response {
        let fields = try await fields(of: request)
        if let resource = fields["resource"], !isOurs(resource) { throw OAuthProblem.target }
        let clientID = try required("client_id", in: fields)
        // One whose ID is a URL has not registered: its code and its tokens are bound to the URL.
        if !clientID.hasPrefix("https://"), try await !isRegistered(clientID) { throw OAuthProblem.client }
        let tokens: Platform.OAuthTokens
        switch fields["grant_type"] {
        case "authorization_code":
            let code = try required("code", in: fields)
            let uri = try required("redirect_uri", in: fields)
            let verifier = try required("code_verifier", in: fields)
            do {
                guard
                    let redeemed = try await platform.redeem(
                        code: code, clientID: clientID, redirectURI: uri, verifier: verifier)
                else {
                    throw OAuthProblem.invalidGrant(
                        "the code has expired, was used, or belongs to another client, redirect_uri or code_verifier")
                }
                tokens = redeemed
            } catch let refusal as Refusal {
                throw OAuthProblem.invalidGrant(refusal.sentence)
            }
        case "refresh_token":
            let token = try required("refresh_token", in: fields)
            guard let refreshed = try await platform.refresh(token: token, clientID: clientID) else {
                throw OAuthProblem.invalidGrant("the refresh token has expired, was used or was revoked")
            }
            tokens = refreshed
        case nil: throw OAuthProblem.invalidRequest("grant_type is missing")
        case .some(let other):
            throw OAuthProblem(
                code: "unsupported_grant_type",
                sentence: "grant_type must be authorization_code or refresh_token, not \(other.quoted)")
        }
        return Self.json([
            "access_token": .string(tokens.access), "token_type": "Bearer", "expires_in": .int(tokens.accessLifetime),
            "refresh_token": .string(tokens.refresh), "scope": .string(OAuthMetadata.scope),
        ])
    }

    private func isRegistered(_ clientID: String) async throws -> Bool {
        guard clientID.utf8.count <= 200 else { return false }
        return try await platform.registeredOAuthClient(clientID) != nil
    }

    /// RFC 7009 §2: the answer is the same, whatever the token was.
    func revoke(_ request: Request, context: APIContext) async throws -> Response {
        let fields = try await fields(of: request)
        try await platform.revoke(token: required("token", in: fields), clientID: required("client_id", in: fields))
        return Self.json([:])
    }

    /// The canonical URI of the MCP server, however its scheme and host are written, with or without a slash at the end
    /// (2026-07-28, Authorization, "Canonical Server URI").
    func isOurs(_ resource: String) -> Bool {
        guard var parts = URLComponents(string: resource) else { return false }
        parts.scheme = parts.scheme?.lowercased()
        parts.host = parts.host?.lowercased()
        let text = parts.string ?? ""
        return text == platform.mcpResource || text == platform.mcpResource + "/"
    }

    private func fields(of request: Request) async throws -> [String: String] {
        let type = request.headers[.contentType]?.prefix { $0 != ";" }.lowercased()
        guard type == "application/x-www-form-urlencoded" else {
            throw OAuthProblem.invalidRequest("the body must be sent as application/x-www-form-urlencoded")
        }
        let body = try await request.collected(limit: platform.limits.requestBytes, setting: "CASTER_REQUEST_BYTES")
        return Form.fields(of: body.readableBytesView)
    }

    private func required(_ name: String, in fields: [String: String]) throws(OAuthProblem) -> String {
        guard let value = fields[name], !value.isEmpty else { throw .invalidRequest("\(name) is missing") }
        return value
    }

    /// Never kept by a cache (RFC 6749 §5.1).
    static func json(_ body: OrderedJSON, status: HTTPResponse.Status = .ok) -> Response {
        var bytes: [UInt8] = []
        body.write(to: &bytes)
        return Response(
            status: status, headers: [.contentType: "application/json", .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }
}
