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
    /// It was carried out, but whoever did so died before its answer was kept.
    case lost
    /// The key was used for another request.
    case differs
}

extension Store {
    /// SHA-256 of the idempotency key of the request that this task carries out, if it has one.
    @TaskLocal public static var idempotencyKey: [UInt8]?

    /// A write by which a request takes effect: that it did is recorded in the same transaction.
    func effect<Result: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Result
    ) async throws -> Result {
        let key = Self.idempotencyKey
        return try await pool.write { db in
            let result = try body(db)
            if let key {
                try db.execute(
                    sql: "UPDATE idempotent_answers SET is_carried_out = 1 WHERE key_hash = ?", arguments: [Data(key)])
            }
            return result
        }
    }

    /// Begins a request. One that was begun before `abandonedAt` and never answered, because the process died, is begun
    /// again unless it had taken effect.
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
                if let answer { return answer.isEmpty ? .lost : .answered(Array(answer)) }
                guard row.date("created_at") < abandonedAt else { return .underWay }
                if row["is_carried_out"] { return .lost }
            }
            try db.execute(
                sql: """
                    INSERT OR REPLACE INTO idempotent_answers (key_hash, request_hash, answer, is_carried_out, created_at)
                    VALUES (?, ?, NULL, 0, ?)
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

    /// For the start of the one process that answers any request: forgets those that were begun and had no effect, and
    /// remembers of the others that their answer, empty now, is lost.
    public func forgetUnanswered() async throws {
        try await pool.write { db in
            try db.execute(
                sql: """
                    DELETE FROM idempotent_answers WHERE answer IS NULL AND is_carried_out = 0;
                    UPDATE idempotent_answers SET answer = x'' WHERE answer IS NULL;
                    """)
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
