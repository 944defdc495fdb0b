import CasterCore
import Foundation
import GRDB

/// So many events of one subject within a time.
public struct RateLimit: Sendable, Hashable {
    /// What is counted and for whom, such as `login 203.0.113.7`.
    public let subject: String
    public let count: Int
    /// Seconds.
    public let window: Int

    public init(subject: String, count: Int, window: Int) {
        self.subject = subject
        self.count = count
        self.window = window
    }
}

extension Store {
    /// Counts one more event of each limit's subject, if all of them allow it. Returns nil if they do, else counts none
    /// and returns the seconds after which they will.
    public func count(_ limits: [RateLimit], at now: Date) async throws -> Int? {
        try await pool.write { db in
            let waits = try limits.compactMap { try Self.wait($0, at: now, db) }
            if let wait = waits.max() { return wait }
            for limit in limits {
                try db.execute(
                    sql: "INSERT INTO rate_events (subject, at) VALUES (?, ?)",
                    arguments: [limit.subject, now.milliseconds])
            }
            return nil
        }
    }

    /// Takes the latest event of each back: what it was counted for did not happen.
    public func uncount(_ limits: [RateLimit]) async throws {
        try await pool.write { db in
            for limit in limits {
                try db.execute(
                    sql: """
                        DELETE FROM rate_events WHERE rowid =
                            (SELECT rowid FROM rate_events WHERE subject = ? ORDER BY at DESC LIMIT 1)
                        """, arguments: [limit.subject])
            }
        }
    }

    /// Forgets events of before `time`.
    public func forgetRateEvents(before time: Date) async throws {
        try await pool.write { db in
            try db.execute(sql: "DELETE FROM rate_events WHERE at < ?", arguments: [time.milliseconds])
        }
    }

    private static func wait(_ limit: RateLimit, at now: Date, _ db: Database) throws -> Int? {
        let start = now.milliseconds - Int64(limit.window) * 1000
        // The event that must leave the window before another may enter it.
        let blocking = try Int64.fetchOne(
            db, sql: "SELECT at FROM rate_events WHERE subject = ? AND at > ? ORDER BY at DESC LIMIT 1 OFFSET ?",
            arguments: [limit.subject, start, limit.count - 1])
        return blocking.map { max(1, Int(($0 - start + 999) / 1000)) }
    }
}
