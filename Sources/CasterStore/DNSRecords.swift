import CasterCore
import Foundation
import GRDB

/// A name below the sites' domain, and what the zone should have of it.
public struct DNSRecord: Sendable, Hashable {
    public let label: String
    /// The short ID of the site that has or had it.
    public let site: String
    public let isWanted: Bool
    /// Tries since the last change or success.
    public let attempts: Int
    let version: Int64
}

extension Store {
    static func wantRecord(_ label: String, of site: SiteID, _ db: Database) throws {
        try db.execute(
            sql: """
                INSERT INTO dns_records (label, site, is_wanted, due_at) VALUES (?, ?, 1, 0)
                ON CONFLICT (label) DO UPDATE SET site = excluded.site, is_wanted = 1, version = version + 1,
                    published = NULL, attempts = 0, due_at = 0, problem = NULL
                """, arguments: [label, site.short])
    }

    static func unwantRecord(_ label: String, _ db: Database) throws {
        try db.execute(sql: "DELETE FROM dns_records WHERE label = ? AND is_touched = 0", arguments: [label])
        try db.execute(
            sql: """
                UPDATE dns_records SET is_wanted = 0, version = version + 1, attempts = 0, due_at = 0, problem = NULL
                WHERE label = ?
                """, arguments: [label])
    }

    /// Has every record written anew that the zone has with another content than this.
    public func reviseDNSRecords(content: String) async throws {
        try await relaxedWrite { db in
            try db.execute(
                sql: "UPDATE dns_records SET due_at = 0 WHERE is_wanted = 1 AND due_at IS NULL AND published IS NOT ?",
                arguments: [content])
        }
    }

    /// Names that the zone does not have as it should, and that are to be tried now. From here on the zone may have
    /// something of them.
    public func takeDueDNSRecords(at now: Date, limit: Int) async throws -> [DNSRecord] {
        let due = try await pool.read { db in
            try SQLRequest<Row>(
                sql: """
                    SELECT label, site, is_wanted, attempts, version FROM dns_records WHERE due_at <= ?
                    ORDER BY due_at LIMIT ?
                    """, arguments: [now.milliseconds, limit], cached: true
            ).fetchAll(db).map { row in
                DNSRecord(
                    label: row["label"], site: row["site"], isWanted: row["is_wanted"], attempts: row["attempts"],
                    version: row["version"])
            }
        }
        if due.isEmpty { return [] }
        return try await pool.write { db in
            try due.filter { record in
                try db.execute(
                    sql: "UPDATE dns_records SET is_touched = 1 WHERE label = ? AND version = ?",
                    arguments: [record.label, record.version])
                return db.changesCount == 1
            }
        }
    }

    /// The zone is as it should be for this name, unless that has changed meanwhile.
    public func settle(_ record: DNSRecord, content: String) async throws {
        try await relaxedWrite { db in
            if record.isWanted {
                try db.execute(
                    sql: """
                        UPDATE dns_records SET published = ?, due_at = NULL, attempts = 0, problem = NULL
                        WHERE label = ? AND version = ?
                        """, arguments: [content, record.label, record.version])
            } else {
                try db.execute(
                    sql: "DELETE FROM dns_records WHERE label = ? AND version = ?",
                    arguments: [record.label, record.version])
            }
        }
    }

    /// - Parameter problem: one sentence for the owner of the site.
    public func postpone(_ record: DNSRecord, problem: String, until time: Date) async throws {
        try await relaxedWrite { db in
            try db.execute(
                sql: """
                    UPDATE dns_records SET attempts = attempts + 1, due_at = ?, problem = ?
                    WHERE label = ? AND version = ?
                    """, arguments: [time.milliseconds, problem, record.label, record.version])
        }
    }

    /// Why a site's names are not in the DNS; nil if they are, or will be in a moment.
    public func dnsProblem(of site: Site) async throws -> String? {
        try await pool.read { db in
            try String.fetchOne(
                db, sql: "SELECT problem FROM dns_records WHERE site = ? AND problem IS NOT NULL AND is_wanted = 1",
                arguments: [site.siteID.short])
        }
    }
}
