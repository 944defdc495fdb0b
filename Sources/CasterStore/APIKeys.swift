import CasterCore
import Foundation
import GRDB

extension Store {
    /// Adds a key, at most `limit` for one account. Throws `Refusal.tooLarge` at the limit.
    public func addAPIKey(
        _ key: APIKeySecret, name: String, to user: User, limit: Int, at now: Date
    ) async throws -> APIKey {
        try await effect { db in
            let count = try Int.fetchOne(
                db, sql: "SELECT COUNT(*) FROM api_keys WHERE user_id = ?", arguments: [user.id])!
            guard count < limit else {
                throw Refusal.tooLarge(
                    "an account has at most \(limit) API keys (CASTER_API_KEYS_PER_USER): delete one first")
            }
            try db.execute(
                sql: "INSERT INTO api_keys (user_id, name, key_prefix, key_hash, created_at) VALUES (?, ?, ?, ?, ?)",
                arguments: [user.id, name, key.prefix, Data(key.hash), now.milliseconds])
            return APIKey(
                id: db.lastInsertedRowID, name: name, prefix: key.prefix, createdAt: now, lastUsedAt: nil)
        }
    }

    /// A page of the API keys of an account, newest first.
    public func apiKeys(of user: User, page: Page) async throws -> [APIKey] {
        try await pool.read { db in
            try Row.fetchAll(
                db, sql: "SELECT * FROM api_keys WHERE user_id = ? AND id < ? ORDER BY id DESC LIMIT ?",
                arguments: [user.id, page.before, page.limit]
            ).map { row in
                APIKey(
                    id: row["id"], name: row["name"], prefix: row["key_prefix"], createdAt: row.date("created_at"),
                    lastUsedAt: row.optionalDate("last_used_at"), clientID: row["client_id"])
            }
        }
    }

    /// Deletes a key of the account; false if it has no such key.
    public func deleteAPIKey(_ id: Int64, of user: User) async throws -> Bool {
        try await pool.write { db in
            try db.execute(sql: "DELETE FROM api_keys WHERE id = ? AND user_id = ?", arguments: [id, user.id])
            return db.changesCount > 0
        }
    }

    /// The owner of the API key with this SHA-256 digest, and when it was used last as far as is recorded.
    public func user(apiKeyHash hash: [UInt8]) async throws -> (user: User, keyID: Int64, lastUsedAt: Date?)? {
        try await readOnce { db in
            let row = try SQLRequest<Row>(
                sql: """
                    SELECT users.*, api_keys.id AS key_id, api_keys.key_hash, api_keys.last_used_at
                    FROM api_keys JOIN users ON users.id = api_keys.user_id WHERE api_keys.key_hash = ?
                    """,
                arguments: [Data(hash)], cached: true
            ).fetchOne(db)
            guard let row else { return nil }
            let stored: Data = row["key_hash"]
            guard Secret.isEqual(Array(stored), hash) else { return nil }
            return (User(row: row), row["key_id"], row.optionalDate("last_used_at"))
        }
    }

    /// Records that a key was used; a power cut may undo it.
    public func touchAPIKey(_ id: Int64, at now: Date) async throws {
        try await relaxedWrite { db in
            try db.execute(sql: "UPDATE api_keys SET last_used_at = ? WHERE id = ?", arguments: [now.milliseconds, id])
        }
    }
}
