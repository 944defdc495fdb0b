import CasterCore
import Foundation
import GRDB

/// For which names there shall be certificates, besides those of proven domains.
public struct CertificatesWanted: Sendable, Hashable {
    /// Hosts, and `*.<domain>` for all below a domain.
    public let names: [String]
    /// Each site has one for each of its names below this domain; nil if one is good for all.
    public let siteDomain: String?

    public init(names: [String], siteDomain: String?) {
        self.names = names
        self.siteDomain = siteDomain
    }

    /// A table `wanted` with the column `name`.
    var table: String {
        """
        WITH wanted(name) AS (
            SELECT value FROM json_each(?) UNION SELECT domain FROM domains WHERE is_verified = 1
            UNION SELECT label || '.' || ? FROM dns_records WHERE is_wanted = 1 AND ? IS NOT NULL)
        """
    }

    var arguments: StatementArguments {
        get throws {
            let list = String(decoding: try JSONEncoder().encode(names), as: UTF8.self)
            return [list, siteDomain, siteDomain]
        }
    }
}

extension Store {
    /// Names for which a certificate is to be ordered now, and how often that was tried.
    public func certificatesDue(
        _ wanted: CertificatesWanted, at now: Date, limit: Int
    ) async throws -> [(name: String, attempts: Int)] {
        try await pool.read { db in
            try Row.fetchAll(
                db,
                sql: """
                    \(wanted.table) SELECT wanted.name, COALESCE(attempts, 0) AS attempts
                    FROM wanted LEFT JOIN certificates ON certificates.name = wanted.name
                    WHERE due_at IS NULL OR due_at <= ? ORDER BY COALESCE(due_at, 0) LIMIT ?
                    """, arguments: wanted.arguments + [now.milliseconds, limit]
            ).map { ($0["name"], $0["attempts"]) }
        }
    }

    /// Names that have a certificate, or had, and need none any more. One that is held stays until its time: who wants it
    /// again meanwhile waits as before.
    public func obsoleteCertificates(_ wanted: CertificatesWanted, at now: Date) async throws -> [String] {
        try await pool.read { db in
            try String.fetchAll(
                db,
                sql: """
                    \(wanted.table) SELECT name FROM certificates
                    WHERE name NOT IN (SELECT name FROM wanted) AND (is_held = 0 OR due_at <= ?)
                    """, arguments: wanted.arguments + [now.milliseconds])
        }
    }

    public func forgetCertificate(_ name: String) async throws {
        try await relaxedWrite { db in
            try db.execute(sql: "DELETE FROM certificates WHERE name = ?", arguments: [name])
        }
    }

    /// A certificate is in place.
    ///
    /// - Parameters:
    ///   - renewal: when the next one is ordered.
    ///   - route: sets the routes of the domains of the site whose domain it is for, inside the transaction.
    public func recordCertificate(
        _ name: String, issuedAt: Date, expiresAt: Date, renewal: Date,
        route: @escaping @Sendable (_ site: Site, _ all: [CustomDomain]) throws -> Void
    ) async throws {
        try await pool.write { db in
            try db.execute(
                sql: """
                    INSERT OR REPLACE INTO certificates (name, issued_at, expires_at, due_at) VALUES (?, ?, ?, ?)
                    """, arguments: [name, issuedAt.milliseconds, expiresAt.milliseconds, renewal.milliseconds])
            try db.execute(
                sql: "UPDATE domains SET status = 'live', reason = NULL WHERE domain = ? AND is_verified = 1",
                arguments: [name])
            let row = try Row.fetchOne(
                db,
                sql: """
                    SELECT sites.* FROM domains JOIN sites ON sites.id = domains.site_id
                    WHERE domain = ? AND is_verified = 1 AND is_deleted = 0
                    """, arguments: [name])
            guard let site = row.map(Site.init(row:)) else { return }
            let all = try Row.fetchAll(db, sql: "SELECT * FROM domains WHERE site_id = ?", arguments: [site.id])
            try route(site, all.map(CustomDomain.init(row:)))
        }
    }

    /// - Parameters:
    ///   - problem: one sentence for the owner.
    ///   - attempts: how often it was tried so far.
    ///   - isFinal: whether it is called failed; it is tried again all the same.
    ///   - isHeld: whether it is not tried earlier for anybody.
    public func postponeCertificate(
        _ name: String, problem: String, attempts: Int, isFinal: Bool, isHeld: Bool, until time: Date
    ) async throws {
        try await relaxedWrite { db in
            try db.execute(
                sql: """
                    INSERT INTO certificates (name, attempts, due_at, problem, is_held) VALUES (?, ?, ?, ?, ?)
                    ON CONFLICT (name) DO UPDATE SET attempts = excluded.attempts, due_at = excluded.due_at,
                        problem = excluded.problem, is_held = excluded.is_held
                    """, arguments: [name, attempts, time.milliseconds, problem, isHeld])
            try db.execute(
                sql: """
                    UPDATE domains SET status = ?, reason = ?
                    WHERE domain = ? AND is_verified = 1 AND status IN ('waiting for certificate', 'failed')
                    """,
                arguments: [
                    (isFinal ? CustomDomain.Status.failed : .waitingForCertificate).rawValue, problem, name,
                ])
        }
    }

    /// Has a certificate put in place again whose file is gone.
    public func reinstallCertificate(_ name: String) async throws {
        try await relaxedWrite { db in
            try db.execute(
                sql: "UPDATE certificates SET due_at = 0, expires_at = NULL WHERE name = ?", arguments: [name])
        }
    }

    /// Every certificate that is in place, and its life.
    public func certificates() async throws -> [(name: String, issuedAt: Date, expiresAt: Date)] {
        try await pool.read { db in
            try Row.fetchAll(db, sql: "SELECT * FROM certificates WHERE expires_at IS NOT NULL")
                .map { ($0["name"], $0.date("issued_at"), $0.date("expires_at")) }
        }
    }
}
