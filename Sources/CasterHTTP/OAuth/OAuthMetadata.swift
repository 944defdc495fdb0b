import CasterCore
import CasterDeploy
import Hummingbird

/// What clients find out by themselves: who guards the MCP server (RFC 9728), and how its guard works (RFC 8414).
struct OAuthMetadata: Sendable {
    let platform: Platform

    /// What a token is good for: there is one thing, everything that the tools do.
    static let scope = "sites"

    static func resourceMetadataURL(_ address: PublicAddress) -> String {
        "\(address.consoleURL)/.well-known/oauth-protected-resource/api/v1/mcp"
    }

    /// RFC 9728 §2, at the path of §3.1.
    func resource(_ request: Request, context: APIContext) -> Response {
        OAuthAPI.json([
            "resource": .string(platform.mcpResource), "resource_name": "Caster",
            "authorization_servers": [.string(platform.address.consoleURL)], "scopes_supported": [.string(Self.scope)],
            "bearer_methods_supported": ["header"],
            "resource_documentation": .string("\(platform.address.consoleURL)/docs"),
        ])
    }

    /// RFC 8414 §2; `iss` in answers by RFC 9207 §3, documents as client IDs by
    /// draft-ietf-oauth-client-id-metadata-document-00 §5.
    func server(_ request: Request, context: APIContext) -> Response {
        let issuer = platform.address.consoleURL
        return OAuthAPI.json([
            "issuer": .string(issuer), "authorization_endpoint": .string("\(issuer)/oauth/authorize"),
            "token_endpoint": .string("\(issuer)/oauth/token"),
            "registration_endpoint": .string("\(issuer)/oauth/register"),
            "revocation_endpoint": .string("\(issuer)/oauth/revoke"), "scopes_supported": [.string(Self.scope)],
            "response_types_supported": ["code"], "response_modes_supported": ["query"],
            "grant_types_supported": ["authorization_code", "refresh_token"],
            "token_endpoint_auth_methods_supported": ["none"],
            "revocation_endpoint_auth_methods_supported": ["none"], "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": true,
            "client_id_metadata_document_supported": true,
        ])
    }
}
