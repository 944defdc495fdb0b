import CasterCore
import Foundation
import GRDB

/// What an account agreed to, as its authorization code stands for it until it is redeemed.
public struct Consent: Sendable {
    public let userID: Int64
    public let clientID: String
    public let clientName: String
    public let redirectURI: String
    /// SHA-256 of the code verifier (RFC 7636 §4.2).
    public let challenge: [UInt8]

    public init(userID: Int64, clientID: String, clientName: String, redirectURI: String, challenge: [UInt8]) {
        self.userID = userID
        self.clientID = clientID
        self.clientName = clientName
        self.redirectURI = redirectURI
        self.challenge = challenge
    }
}

/// A pair of tokens that is about to be handed out, by their SHA-256.
public struct NewTokens: Sendable {
    public let accessHash: [UInt8]
    public let refreshHash: [UInt8]
    public let accessEnd: Date
    public let refreshEnd: Date

    public init(accessHash: [UInt8], refreshHash: [UInt8], accessEnd: Date, refreshEnd: Date) {
        self.accessHash = accessHash
        self.refreshHash = refreshHash
        self.accessEnd = accessEnd
        self.refreshEnd = refreshEnd
    }
}

extension Store {
    public func addOAuthClient(_ client: OAuthClient, at now: Date) async throws {
        let uris = String(decoding: try JSONEncoder().encode(client.redirectURIs.map(\.text)), as: UTF8.self)
        try await pool.write { db in
            try db.execute(
                sql: "INSERT INTO oauth_clients (client_id, name, redirect_uris, created_at) VALUES (?, ?, ?, ?)",
                arguments: [client.id, client.name, uris, now.milliseconds])
        }
    }

    /// A client that registered itself; nil if there is none of this ID.
    public func oauthClient(_ id: String) async throws -> OAuthClient? {
        let found: (name: String, uris: String)? = try await pool.read { db in
            try Row.fetchOne(db, sql: "SELECT * FROM oauth_clients WHERE client_id = ?", arguments: [id]).map {
                ($0["name"], $0["redirect_uris"])
            }
        }
        guard let found else { return nil }
        return OAuthClient(
            id: id, name: found.name,
            redirectURIs: try JSONDecoder().decode([String].self, from: Data(found.uris.utf8)).map {
                try RedirectURI($0)
            })
    }

    public func addOAuthCode(hash: [UInt8], for consent: Consent, expiresAt: Date) async throws {
        try await pool.write { db in
            try db.execute(
                sql: """
                    INSERT INTO oauth_codes (code_hash, user_id, client_id, client_name, redirect_uri, challenge, expires_at)
                    VALUES (?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    Data(hash), consent.userID, consent.clientID, consent.clientName, consent.redirectURI,
                    Data(consent.challenge), expiresAt.milliseconds,
                ])
        }
    }

    /// Exchanges a code for tokens, which are listed as one of the account's API keys; at most `limit` of those.
    ///
    /// - Parameter isHolder: whether the code is presented by whom it was issued to.
    ///
    /// Returns false if there is no such code, it has expired, it was used or somebody else presents it. A code that is
    /// presented again takes with it what came of it (RFC 6749 §4.1.2). Throws `Refusal.tooLarge` at the limit.
    public func redeemOAuthCode(
        hash: [UInt8], tokens: NewTokens, keyPrefix: String, limit: Int, at now: Date,
        isHolder: @escaping @Sendable (Consent) -> Bool
    ) async throws -> Bool {
        try await pool.write { db in
            let row = try Row.fetchOne(
                db, sql: "SELECT * FROM oauth_codes WHERE code_hash = ? AND expires_at > ?",
                arguments: [Data(hash), now.milliseconds])
            guard let row else { return false }
            let used: Int64? = row["key_id"]
            if let used {
                try db.execute(sql: "DELETE FROM api_keys WHERE id = ?", arguments: [used])
                return false
            }
            let challenge: Data = row["challenge"]
            let consent = Consent(
                userID: row["user_id"], clientID: row["client_id"], clientName: row["client_name"],
                redirectURI: row["redirect_uri"], challenge: Array(challenge))
            guard isHolder(consent) else { return false }
            let count = try Int.fetchOne(
                db, sql: "SELECT COUNT(*) FROM api_keys WHERE user_id = ?", arguments: [consent.userID])!
            guard count < limit else {
                throw Refusal.tooLarge(
                    "an account has at most \(limit) API keys and connected programs (CASTER_API_KEYS_PER_USER)")
            }
            // A key whose plaintext nobody has: its tokens stand for it.
            try db.execute(
                sql: """
                    INSERT INTO api_keys (user_id, name, key_prefix, key_hash, created_at, client_id)
                    VALUES (?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    consent.userID, consent.clientName, keyPrefix, Data(Secret.random(bytes: 32)), now.milliseconds,
                    consent.clientID,
                ])
            let key = db.lastInsertedRowID
            try db.execute(
                sql: "UPDATE oauth_codes SET key_id = ? WHERE code_hash = ?", arguments: [key, Data(hash)])
            try Self.insert(tokens, key: key, db)
            return true
        }
    }

    /// Exchanges a refresh token for the next pair. Returns false if there is no such token of this client or it has
    /// expired. One that was exchanged before was stolen, here or there: the whole grant ends (RFC 9700 §4.14.2).
    public func refreshOAuthTokens(
        hash: [UInt8], clientID: String, tokens: NewTokens, at now: Date
    ) async throws -> Bool {
        try await pool.write { db in
            let row = try Row.fetchOne(
                db,
                sql: """
                    SELECT oauth_tokens.*, api_keys.client_id FROM oauth_tokens
                    JOIN api_keys ON api_keys.id = oauth_tokens.key_id
                    WHERE token_hash = ? AND kind = 'refresh' AND expires_at > ? AND client_id = ?
                    """, arguments: [Data(hash), now.milliseconds, clientID])
            guard let row else { return false }
            let key: Int64 = row["key_id"]
            if row["is_used"] == 1 {
                try db.execute(sql: "DELETE FROM api_keys WHERE id = ?", arguments: [key])
                return false
            }
            try db.execute(sql: "UPDATE oauth_tokens SET is_used = 1 WHERE token_hash = ?", arguments: [Data(hash)])
            try db.execute(
                sql: "DELETE FROM oauth_tokens WHERE key_id = ? AND kind = 'access'", arguments: [key])
            try Self.insert(tokens, key: key, db)
            return true
        }
    }

    /// Whose an access token is, and when it was used last as far as is recorded.
    public func user(
        accessTokenHash hash: [UInt8], at now: Date
    ) async throws -> (user: User, keyID: Int64, lastUsedAt: Date?)? {
        try await pool.read { db in
            try SQLRequest<Row>(
                sql: """
                    SELECT users.*, api_keys.id AS key_id, api_keys.last_used_at FROM oauth_tokens
                    JOIN api_keys ON api_keys.id = oauth_tokens.key_id JOIN users ON users.id = api_keys.user_id
                    WHERE token_hash = ? AND kind = 'access' AND expires_at > ?
                    """, arguments: [Data(hash), now.milliseconds], cached: true
            ).fetchOne(db).map { (User(row: $0), $0["key_id"], $0.optionalDate("last_used_at")) }
        }
    }

    /// Ends the grant that a token of this client belongs to, if there is one.
    public func revokeOAuthToken(hash: [UInt8], clientID: String) async throws {
        try await pool.write { db in
            try db.execute(
                sql: """
                    DELETE FROM api_keys WHERE client_id = ?
                    AND id IN (SELECT key_id FROM oauth_tokens WHERE token_hash = ?)
                    """, arguments: [clientID, Data(hash)])
        }
    }

    /// Forgets what has expired: codes and tokens, grants that have none left, and clients that registered before `time`
    /// and have no grant.
    public func forgetOAuth(before now: Date, clientsBefore time: Date) async throws {
        try await pool.write { db in
            try db.execute(sql: "DELETE FROM oauth_codes WHERE expires_at < ?", arguments: [now.milliseconds])
            try db.execute(sql: "DELETE FROM oauth_tokens WHERE expires_at < ?", arguments: [now.milliseconds])
            try db.execute(
                sql: """
                    DELETE FROM api_keys WHERE client_id IS NOT NULL
                        AND NOT EXISTS (SELECT 1 FROM oauth_tokens WHERE key_id = api_keys.id)
                    """)
            try db.execute(
                sql: """
                    DELETE FROM oauth_clients WHERE created_at < ?
                        AND client_id NOT IN (SELECT client_id FROM api_keys WHERE client_id IS NOT NULL)
                    """, arguments: [time.milliseconds])
        }
    }

    private static func insert(_ tokens: NewTokens, key: Int64, _ db: Database) throws {
        for (hash, kind, end) in [
            (tokens.accessHash, "access", tokens.accessEnd), (tokens.refreshHash, "refresh", tokens.refreshEnd),
        ] {
            try db.execute(
                sql: "INSERT INTO oauth_tokens (token_hash, key_id, kind, expires_at) VALUES (?, ?, ?, ?)",
                arguments: [Data(hash), key, kind, end.milliseconds])
        }
    }
}
