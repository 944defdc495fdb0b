import CasterCore
import Foundation
import GRDB
import Glibc

/// The one SQLite file, in WAL mode, shared by all roles. What a write returned survives a power cut
/// (`synchronous=FULL`). Writes are short immediate transactions which wait up to 5 s for another process's.
///
/// Every function is asynchronous: a synchronous read in an async function can hang the pool.
public struct Store: Sendable {
    let pool: DatabasePool

    /// Opens the file, creating it and bringing its schema up to date. Several processes may do so at once.
    ///
    /// Throws `DatabaseError` if the file cannot be opened, or was written by a newer version of the platform.
    public init(path: String) throws {
        var configuration = GRDB.Configuration()
        configuration.busyMode = .timeout(5)
        configuration.maximumReaderCount = 4
        configuration.prepareDatabase { db in
            try db.execute(sql: "PRAGMA synchronous = FULL")
        }
        // The migrator looks first and migrates then: of several processes that start at once, one at a time.
        let lock = try MigrationLock(path: path + ".lock")
        defer { lock.release() }
        pool = try DatabasePool(path: path, configuration: configuration)
        try migrator.migrate(pool)
    }
}

extension Store {
    /// A read of one statement, which sees one state of the file without a transaction around it.
    func readOnce<Result: Sendable>(_ statement: @Sendable (Database) throws -> Result) async throws -> Result {
        try await pool.unsafeRead(statement)
    }

    /// A write that need not survive a power cut, because whoever made it would make it again: it costs no fsync. The
    /// next write that must survive takes it along. It is carried out also if the caller's task is cancelled.
    func relaxedWrite<Result: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Result
    ) async throws -> Result {
        // A task of its own, which nobody cancels: GRDB would let no statement pass then, nor the last one here.
        try await Task {
            try await pool.writeWithoutTransaction { db in
                try db.execute(sql: "PRAGMA synchronous = NORMAL")
                defer {
                    do {
                        try db.execute(sql: "PRAGMA synchronous = FULL")
                    } catch {
                        preconditionFailure("SQLite refuses to be durable again: \(error)")
                    }
                }
                var result: Result?
                try db.inTransaction(.immediate) {
                    result = try body(db)
                    return .commit
                }
                return result!
            }
        }.value
    }
}

extension Store {
    /// Whether an operation failed because the disk is full: SQLite says so, or could not make room in a file beside.
    public static func isDiskFull(_ error: any Error) -> Bool {
        guard let error = error as? DatabaseError else { return false }
        return error.resultCode == .SQLITE_FULL || error.extendedResultCode == .SQLITE_IOERR_SHMSIZE
    }
}

/// An exclusive `flock(2)`, for which others wait.
private struct MigrationLock {
    private let descriptor: Int32

    init(path: String) throws {
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0, flock(descriptor, LOCK_EX) == 0 else {
            throw DatabaseError(resultCode: .SQLITE_CANTOPEN, message: "\(path): \(String(cString: strerror(errno)))")
        }
    }

    func release() { close(descriptor) }
}

extension Date {
    /// Milliseconds since 1970, as times are stored.
    var milliseconds: Int64 { Int64((timeIntervalSince1970 * 1000).rounded(.down)) }

    init(milliseconds: Int64) { self.init(timeIntervalSince1970: Double(milliseconds) / 1000) }
}

extension Row {
    func date(_ column: String) -> Date { Date(milliseconds: self[column]) }

    func optionalDate(_ column: String) -> Date? {
        let value: Int64? = self[column]
        return value.map(Date.init(milliseconds:))
    }
}

extension DatabaseError {
    /// A UNIQUE constraint refused the row.
    var isUniqueViolation: Bool {
        extendedResultCode == .SQLITE_CONSTRAINT_UNIQUE
    }
}
