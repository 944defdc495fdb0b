import CasterCore
import Foundation
import GRDB

extension Store {
    /// Gives an account another password, and signs out every browser but the one of this session.
    public func setPassword(hash: String, of user: User, keepingSession session: Int64?) async throws {
        try await pool.write { db in
            try db.execute(sql: "UPDATE users SET password_hash = ? WHERE id = ?", arguments: [hash, user.id])
            try Self.deleteBrowserSessions(of: user, except: session, db)
        }
    }

    /// Deletes an account with its keys and sessions, if it has no site any more. What is left of deleted ones is
    /// nobody's from here on. False, and nothing changes, if it has a site.
    public func deleteUser(_ user: User) async throws -> Bool {
        try await pool.write { db in
            let hasSite = try Bool.fetchOne(
                db, sql: "SELECT EXISTS (SELECT 1 FROM sites WHERE user_id = ? AND is_deleted = 0)",
                arguments: [user.id])!
            guard !hasSite else { return false }
            try db.execute(sql: "UPDATE sites SET user_id = NULL WHERE user_id = ?", arguments: [user.id])
            try db.execute(sql: "DELETE FROM users WHERE id = ?", arguments: [user.id])
            return true
        }
    }
}
