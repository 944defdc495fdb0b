import CasterCore
import Foundation
import GRDB

/// Where a request with an idempotency key stands.
public enum IdempotentStart: Sendable {
    /// Nobody has made it before: it is to be carried out now.
    case new
    /// It was carried out; this is its sealed answer.
    case answered([UInt8])
    /// The same request is being carried out at this moment.
    case underWay
    /// The key was used for another request.
    case differs
}

extension Store {
    /// Begins a request. One that was begun before `abandonedAt` and never answered, because the process died, is begun
    /// again.
    public func beginIdempotent(
        keyHash: [UInt8], requestHash: [UInt8], abandonedAt: Date, at now: Date
    ) async throws -> IdempotentStart {
        try await pool.write { db in
            let row = try Row.fetchOne(
                db, sql: "SELECT * FROM idempotent_answers WHERE key_hash = ?", arguments: [Data(keyHash)])
            if let row {
                let hash: Data = row["request_hash"]
                guard Array(hash) == requestHash else { return .differs }
                let answer: Data? = row["answer"]
                if let answer { return .answered(Array(answer)) }
                guard row.date("created_at") < abandonedAt else { return .underWay }
            }
            try db.execute(
                sql: """
                    INSERT OR REPLACE INTO idempotent_answers (key_hash, request_hash, answer, created_at)
                    VALUES (?, ?, NULL, ?)
                    """, arguments: [Data(keyHash), Data(requestHash), now.milliseconds])
            return .new
        }
    }

    /// Keeps the sealed answer; nil forgets the request, which may then be made again.
    public func endIdempotent(keyHash: [UInt8], answer: [UInt8]?) async throws {
        try await pool.write { db in
            if let answer {
                try db.execute(
                    sql: "UPDATE idempotent_answers SET answer = ? WHERE key_hash = ?",
                    arguments: [Data(answer), Data(keyHash)])
            } else {
                try db.execute(sql: "DELETE FROM idempotent_answers WHERE key_hash = ?", arguments: [Data(keyHash)])
            }
        }
    }

    /// Forgets the requests that were begun and never answered: for the start of the one process that answers any.
    public func forgetUnanswered() async throws {
        try await pool.write { db in
            try db.execute(sql: "DELETE FROM idempotent_answers WHERE answer IS NULL")
        }
    }

    /// Forgets the answers of before `time`.
    public func forgetAnswers(before time: Date) async throws {
        try await pool.write { db in
            try db.execute(
                sql: "DELETE FROM idempotent_answers WHERE created_at < ?", arguments: [time.milliseconds])
        }
    }
}
