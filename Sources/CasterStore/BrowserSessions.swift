import CasterCore
import Foundation
import GRDB

extension Store {
    /// Adds a session. Of an account that has `limit` already, the one that was seen longest ago ends.
    public func addBrowserSession(
        tokenHash: [UInt8], client: String, of user: User, limit: Int, expiresAt: Date, at now: Date
    ) async throws -> BrowserSession {
        try await pool.write { db in
            try db.execute(
                sql: """
                    DELETE FROM browser_sessions WHERE id IN (
                        SELECT id FROM browser_sessions WHERE user_id = ? ORDER BY seen_at DESC, id DESC
                        LIMIT -1 OFFSET ?)
                    """, arguments: [user.id, limit - 1])
            try db.execute(
                sql: """
                    INSERT INTO browser_sessions (user_id, token_hash, client, created_at, seen_at, expires_at)
                    VALUES (?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    user.id, Data(tokenHash), client, now.milliseconds, now.milliseconds, expiresAt.milliseconds,
                ])
            return BrowserSession(
                id: db.lastInsertedRowID, userID: user.id, client: client, createdAt: now, lastSeenAt: now,
                expiresAt: expiresAt)
        }
    }

    /// The session with this SHA-256 digest of its token, unless it has expired, and whose it is.
    public func browserSession(
        tokenHash: [UInt8], at now: Date
    ) async throws -> (user: User, session: BrowserSession)? {
        try await pool.read { db in
            let row = try SQLRequest<Row>(
                sql: """
                    SELECT users.*, browser_sessions.id AS session_id, token_hash, client, seen_at, expires_at,
                        browser_sessions.created_at AS session_created_at, user_id
                    FROM browser_sessions JOIN users ON users.id = browser_sessions.user_id
                    WHERE token_hash = ? AND expires_at > ?
                    """,
                arguments: [Data(tokenHash), now.milliseconds], cached: true
            ).fetchOne(db)
            guard let row else { return nil }
            let stored: Data = row["token_hash"]
            guard Secret.isEqual(Array(stored), tokenHash) else { return nil }
            return (User(row: row), BrowserSession(row: row, id: "session_id", createdAt: "session_created_at"))
        }
    }

    /// Records that a session was used, and puts its end off; a power cut may undo it.
    public func touchBrowserSession(_ id: Int64, expiresAt: Date, at now: Date) async throws {
        try await relaxedWrite { db in
            try db.execute(
                sql: "UPDATE browser_sessions SET seen_at = ?, expires_at = ? WHERE id = ?",
                arguments: [now.milliseconds, expiresAt.milliseconds, id])
        }
    }

    /// A page of the sessions of an account that have not expired, newest first.
    public func browserSessions(of user: User, page: Page, at now: Date) async throws -> [BrowserSession] {
        try await pool.read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT * FROM browser_sessions WHERE user_id = ? AND id < ? AND expires_at > ?
                    ORDER BY id DESC LIMIT ?
                    """, arguments: [user.id, page.before, now.milliseconds, page.limit]
            ).map { BrowserSession(row: $0) }
        }
    }

    /// Ends the session with this token; nothing happens if there is none.
    public func deleteBrowserSession(tokenHash: [UInt8]) async throws {
        try await pool.write { db in
            try db.execute(sql: "DELETE FROM browser_sessions WHERE token_hash = ?", arguments: [Data(tokenHash)])
        }
    }

    /// Ends a session of the account; false if it has no such session.
    public func deleteBrowserSession(_ id: Int64, of user: User) async throws -> Bool {
        try await pool.write { db in
            try db.execute(
                sql: "DELETE FROM browser_sessions WHERE id = ? AND user_id = ?", arguments: [id, user.id])
            return db.changesCount > 0
        }
    }

    /// Ends all sessions of the account but one, if one is given.
    public func deleteBrowserSessions(of user: User, except id: Int64?) async throws {
        try await pool.write { db in try Self.deleteBrowserSessions(of: user, except: id, db) }
    }

    static func deleteBrowserSessions(of user: User, except id: Int64?, _ db: Database) throws {
        try db.execute(
            sql: "DELETE FROM browser_sessions WHERE user_id = ? AND id IS NOT ?", arguments: [user.id, id])
    }

    /// Forgets the sessions that have expired.
    public func forgetBrowserSessions(at now: Date) async throws {
        try await pool.write { db in
            try db.execute(sql: "DELETE FROM browser_sessions WHERE expires_at <= ?", arguments: [now.milliseconds])
        }
    }
}

extension BrowserSession {
    fileprivate init(row: Row, id: String = "id", createdAt: String = "created_at") {
        self.init(
            id: row[id], userID: row["user_id"], client: row["client"], createdAt: row.date(createdAt),
            lastSeenAt: row.date("seen_at"), expiresAt: row.date("expires_at"))
    }
}
