import CasterCore
import CasterStore
import Foundation
import Logging

/// The authorization server: programs that act for an account, with its consent. Codes and tokens are 256 random bits,
/// told apart by their beginning and stored as SHA-256.
extension Platform {
    /// The MCP server's URL: what every access token is for (RFC 8707 §2).
    public var mcpResource: String { "\(address.consoleURL)/api/v1/mcp" }

    /// A pair of tokens as they are handed out, once.
    public struct OAuthTokens: Sendable {
        public let access: String
        public let refresh: String
        /// Seconds for which `access` is good.
        public let accessLifetime: Int
    }

    /// Registers a program (RFC 7591).
    ///
    /// Throws `Refusal.invalid` for a redirect URI that is none or more than ten, `.tooManyRequests`.
    public func registerOAuthClient(
        name: String?, redirectURIs: [String], from client: ClientAddress
    ) async throws -> OAuthClient {
        guard (1...10).contains(redirectURIs.count) else {
            throw Refusal.invalid("redirect_uris must have one to ten URIs")
        }
        let uris = try redirectURIs.map { try RedirectURI($0) }
        let limit = RateLimit(
            subject: "OAuth registration from \(client.text)", count: limits.oauthRegistrationsPerHour, window: 3600)
        if let seconds = try await store.count([limit], at: .now) {
            throw Refusal.tooManyRequests(
                "at most \(limit.count) programs an hour can register (CASTER_OAUTH_REGISTRATIONS_PER_HOUR)",
                retryAfter: seconds)
        }
        let made = OAuthClient(
            id: Secret.randomHex(bytes: 16), name: OAuthClient.displayName(name ?? ""), redirectURIs: uris)
        try await store.addOAuthClient(made, at: .now)
        return made
    }

    /// A program that registered itself; nil if there is none of this ID.
    public func registeredOAuthClient(_ id: String) async throws -> OAuthClient? { try await store.oauthClient(id) }

    /// Records that an account agrees, and returns the code that stands for it (RFC 6749 §4.1.2).
    ///
    /// - Parameter challenge: SHA-256 of the code verifier: 32 bytes.
    public func authorize(
        _ client: OAuthClient, redirectURI: RedirectURI, challenge: [UInt8], for user: User
    ) async throws -> String {
        let code = "caster_ac_" + Secret.randomHex(bytes: 32)
        let consent = Consent(
            userID: user.id, clientID: client.id, clientName: client.name, redirectURI: redirectURI.text,
            challenge: challenge)
        try await store.addOAuthCode(
            hash: Self.hash(code), for: consent,
            expiresAt: .now.addingTimeInterval(Double(limits.oauthCodeLifetime)))
        logger.info("a program was allowed to act for an account", metadata: ["user": "\(user.id)"])
        return code
    }

    /// Exchanges a code for tokens, once (RFC 6749 §4.1.3; RFC 7636 §4.6). Nil if the code is not good, or not this
    /// client's, redirect URI's and verifier's.
    ///
    /// Throws `Refusal.tooLarge` if the account has as many keys as it may.
    public func redeem(
        code: String, clientID: String, redirectURI: String, verifier: String
    ) async throws -> OAuthTokens? {
        let (tokens, new) = newTokens()
        let challenge = Secret.sha256(Array(verifier.utf8))
        let isGood = try await store.redeemOAuthCode(
            hash: Self.hash(code), tokens: new, keyPrefix: Secret.randomHex(bytes: 4), limit: limits.apiKeysPerUser,
            at: .now
        ) { consent in
            consent.clientID == clientID && consent.redirectURI == redirectURI
                && Secret.isEqual(consent.challenge, challenge)
        }
        return isGood ? tokens : nil
    }

    /// Exchanges a refresh token for the next pair (RFC 6749 §6). Nil if it is not good.
    public func refresh(token: String, clientID: String) async throws -> OAuthTokens? {
        let (tokens, new) = newTokens()
        let isGood = try await store.refreshOAuthTokens(
            hash: Self.hash(token), clientID: clientID, tokens: new, at: .now)
        return isGood ? tokens : nil
    }

    /// Ends what a token gave access to (RFC 7009); nothing happens if it is none of this client's.
    public func revoke(token: String, clientID: String) async throws {
        try await store.revokeOAuthToken(hash: Self.hash(token), clientID: clientID)
    }

    /// Whose an access token for the MCP server is. That it was used is recorded once a minute at most.
    ///
    /// Throws `Refusal.unauthenticated` if it is none, has expired or was revoked.
    public func user(accessToken token: String) async throws -> User {
        guard let found = try await store.user(accessTokenHash: Self.hash(token), at: .now) else {
            throw Refusal.unauthenticated("this access token is not valid: it has expired or was revoked")
        }
        if found.lastUsedAt.map({ $0.timeIntervalSinceNow < -60 }) ?? true {
            try await store.touchAPIKey(found.keyID, at: .now)
        }
        return found.user
    }

    /// What an access token begins with, and no API key.
    public static let accessTokenPrefix = "caster_at_"

    private func newTokens() -> (OAuthTokens, NewTokens) {
        let tokens = OAuthTokens(
            access: Self.accessTokenPrefix + Secret.randomHex(bytes: 32),
            refresh: "caster_rt_" + Secret.randomHex(bytes: 32), accessLifetime: limits.oauthAccessLifetime)
        let now = Date.now
        let new = NewTokens(
            accessHash: Self.hash(tokens.access), refreshHash: Self.hash(tokens.refresh),
            accessEnd: now.addingTimeInterval(Double(limits.oauthAccessLifetime)),
            refreshEnd: now.addingTimeInterval(Double(limits.oauthRefreshLifetime)))
        return (tokens, new)
    }

    private static func hash(_ secret: String) -> [UInt8] { Secret.sha256(Array(secret.utf8)) }
}
