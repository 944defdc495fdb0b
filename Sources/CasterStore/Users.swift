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
            return try await effect { db in
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

    /// Whether anybody has an account.
    public func hasUsers() async throws -> Bool {
        try await pool.read { db in
            try Bool.fetchOne(db, sql: "SELECT EXISTS (SELECT 1 FROM users)") ?? false
        }
    }

    /// The account with this address and the hash of its password.
    public func user(email: EmailAddress) async throws -> (user: User, passwordHash: String)? {
        try await pool.read { db in
            try Row.fetchOne(db, sql: "SELECT * FROM users WHERE email = ?", arguments: [email.text])
                .map { (User(row: $0), $0["password_hash"]) }
        }
    }
}

extension User {
    init(row: Row) {
        self.init(id: row["id"], email: row["email"], createdAt: row.date("created_at"))
    }
}
