import CasterCore
import Foundation
import GRDB

extension Store {
    /// Adds a key, at most `limit` for one account.
    ///
    /// Throws `Refusal.conflict` if any account has it, `Refusal.tooLarge` at the limit.
    public func addSSHKey(
        _ key: SSHPublicKey, name: String, to user: User, limit: Int, at now: Date
    ) async throws -> SSHKey {
        do {
            return try await effect { db in
                let count = try Int.fetchOne(
                    db, sql: "SELECT COUNT(*) FROM ssh_keys WHERE user_id = ?", arguments: [user.id])!
                guard count < limit else {
                    throw Refusal.tooLarge(
                        "an account has at most \(limit) SSH keys (CASTER_SSH_KEYS_PER_USER): delete one first")
                }
                try db.execute(
                    sql: """
                        INSERT INTO ssh_keys (user_id, name, public_key, fingerprint, created_at)
                        VALUES (?, ?, ?, ?, ?)
                        """,
                    arguments: [user.id, name, key.line, key.fingerprint, now.milliseconds])
                return SSHKey(
                    id: db.lastInsertedRowID, userID: user.id, name: name, publicKey: key.line,
                    fingerprint: key.fingerprint, createdAt: now, lastUsedAt: nil)
            }
        } catch let error as DatabaseError where error.isUniqueViolation {
            throw Refusal.conflict("this SSH key is in use already: a key belongs to one account only")
        }
    }

    /// A page of the keys of an account, newest first.
    public func sshKeys(of user: User, page: Page) async throws -> [SSHKey] {
        try await pool.read { db in
            try Row.fetchAll(
                db, sql: "SELECT * FROM ssh_keys WHERE user_id = ? AND id < ? ORDER BY id DESC LIMIT ?",
                arguments: [user.id, page.before, page.limit]
            )
            .map { row in
                SSHKey(
                    id: row["id"], userID: row["user_id"], name: row["name"], publicKey: row["public_key"],
                    fingerprint: row["fingerprint"], createdAt: row.date("created_at"),
                    lastUsedAt: row.optionalDate("last_used_at"))
            }
        }
    }

    /// Deletes a key of the account; false if it has no such key.
    public func deleteSSHKey(_ id: Int64, of user: User) async throws -> Bool {
        try await pool.write { db in
            try db.execute(sql: "DELETE FROM ssh_keys WHERE id = ? AND user_id = ?", arguments: [id, user.id])
            return db.changesCount > 0
        }
    }

    /// The owner of the key with this fingerprint (`SHA256:…`), nil if nobody added it, and when somebody last signed in
    /// with it as far as is recorded.
    public func user(sshFingerprint fingerprint: String) async throws -> (user: User, lastUsedAt: Date?)? {
        try await pool.read { db in
            try SQLRequest<Row>(
                sql: """
                    SELECT users.*, ssh_keys.last_used_at FROM ssh_keys JOIN users ON users.id = ssh_keys.user_id
                    WHERE ssh_keys.fingerprint = ?
                    """,
                arguments: [fingerprint], cached: true
            ).fetchOne(db).map { (User(row: $0), $0.optionalDate("last_used_at")) }
        }
    }

    /// Records that somebody signed in with a key; a power cut may undo it.
    public func touchSSHKey(fingerprint: String, at now: Date) async throws {
        try await relaxedWrite { db in
            try db.execute(
                sql: "UPDATE ssh_keys SET last_used_at = ? WHERE fingerprint = ?",
                arguments: [now.milliseconds, fingerprint])
        }
    }
}
