import CasterCore
import Foundation
import GRDB

extension Store {
    /// Creates an account and its first API key together.
    ///
    /// Throws `Refusal.conflict` if the address has an account.
    public func createUser(
        email: EmailAddress, passwordHash: String, keyName: String, key: APIKeySecret, at now: Date
    ) async throws -> User {
        do {
            return try await pool.write { db in
                try db.execute(
                    sql: "INSERT INTO users (email, password_hash, created_at) VALUES (?, ?, ?)",
                    arguments: [email.text, passwordHash, now.milliseconds])
                let id = db.lastInsertedRowID
                try db.execute(
                    sql: """
                        INSERT INTO api_keys (user_id, name, key_prefix, key_hash, created_at) VALUES (?, ?, ?, ?, ?)
                        """,
                    arguments: [id, keyName, key.prefix, Data(key.hash), now.milliseconds])
                return User(id: id, email: email.text, createdAt: now)
            }
        } catch let error as DatabaseError where error.isUniqueViolation {
            throw Refusal.conflict("an account with this email exists already: log in instead")
        }
    }

    /// The owner of the API key with this SHA-256 digest, nil if there is none.
    public func user(apiKeyHash hash: [UInt8]) async throws -> User? {
        try await pool.read { db in
            let row = try SQLRequest<Row>(
                sql: """
                    SELECT users.*, api_keys.key_hash FROM api_keys JOIN users ON users.id = api_keys.user_id
                    WHERE api_keys.key_hash = ?
                    """,
                arguments: [Data(hash)], cached: true
            ).fetchOne(db)
            guard let row else { return nil }
            let stored: Data = row["key_hash"]
            return Secret.isEqual(Array(stored), hash) ? User(row: row) : nil
        }
    }
}

extension User {
    init(row: Row) {
        self.init(id: row["id"], email: row["email"], createdAt: row.date("created_at"))
    }
}
