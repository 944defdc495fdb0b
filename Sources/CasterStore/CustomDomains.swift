import CasterCore
import Foundation
import GRDB

extension Store {
    /// Writes down that a site shall answer under a domain, once it is proven.
    ///
    /// Throws `Refusal.conflict` if it is among the site's already, `.tooLarge` if the site has `limit` domains,
    /// `.notFound` if the site's deletion has begun.
    public func addDomain(
        _ name: DomainName, token: String, to site: Site, limit: Int, at now: Date
    ) async throws -> CustomDomain {
        try await effect { db in
            guard try Self.site(id: site.id, db) != nil else {
                throw Refusal.notFound("there is no such site among yours")
            }
            let domains = try String.fetchAll(
                db, sql: "SELECT domain FROM domains WHERE site_id = ?", arguments: [site.id])
            guard !domains.contains(name.ascii) else {
                throw Refusal.conflict("\(name.text) is among this site's domains already")
            }
            guard domains.count < limit else {
                throw Refusal.tooLarge(
                    "a site has at most \(limit) domains (CASTER_DOMAINS_PER_SITE): delete one first")
            }
            try db.execute(
                sql: """
                    INSERT INTO domains (site_id, domain, token, status, due_at, created_at)
                    VALUES (?, ?, ?, 'waiting for DNS', 0, ?)
                    """, arguments: [site.id, name.ascii, token, now.milliseconds])
            return CustomDomain(
                id: db.lastInsertedRowID, siteID: site.id, name: name, token: token, status: .waitingForDNS,
                reason: nil, isPrimary: false, isVerified: false, attempts: 0, createdAt: now)
        }
    }

    /// A page of a site's domains, newest first.
    public func domains(of site: Site, page: Page = Page(limit: .max)) async throws -> [CustomDomain] {
        try await pool.read { db in try Self.domains(of: site.id, page: page, db) }
    }

    private static func domains(of site: Int64, page: Page, _ db: Database) throws -> [CustomDomain] {
        try Row.fetchAll(
            db, sql: "SELECT * FROM domains WHERE site_id = ? AND id < ? ORDER BY id DESC LIMIT ?",
            arguments: [site, page.before, page.limit]
        ).map(CustomDomain.init(row:))
    }

    public func domain(_ name: DomainName, of site: Site) async throws -> CustomDomain? {
        try await pool.read { db in
            try Row.fetchOne(
                db, sql: "SELECT * FROM domains WHERE site_id = ? AND domain = ?", arguments: [site.id, name.ascii]
            ).map(CustomDomain.init(row:))
        }
    }

    /// The site that has proven a domain.
    public func site(withDomain domain: String) async throws -> Site? {
        try await pool.read { db in
            try Row.fetchOne(
                db,
                sql: """
                    SELECT sites.* FROM domains JOIN sites ON sites.id = domains.site_id
                    WHERE domain = ? AND is_verified = 1 AND is_deleted = 0
                    """, arguments: [domain]
            ).map(Site.init(row:))
        }
    }

    /// Who has proven a domain at present, if it is another than this one.
    public func holder(besides domain: CustomDomain) async throws -> CustomDomain? {
        try await pool.read { db in
            try Row.fetchOne(
                db, sql: "SELECT * FROM domains WHERE domain = ? AND is_verified = 1 AND id != ?",
                arguments: [domain.name.ascii, domain.id]
            ).map(CustomDomain.init(row:))
        }
    }

    /// Removes a domain. False, and nothing changes, if it is gone already.
    ///
    /// - Parameter route: sets the routes of the site's domains that are left, and removes that of this one, inside the
    ///   transaction.
    public func deleteDomain(
        _ domain: CustomDomain, route: @escaping @Sendable (_ left: [CustomDomain]) throws -> Void
    ) async throws -> Bool {
        try await pool.write { db in
            try db.execute(sql: "DELETE FROM domains WHERE id = ?", arguments: [domain.id])
            guard db.changesCount == 1 else { return false }
            try route(Self.domains(of: domain.siteID, page: Page(limit: .max), db))
            return true
        }
    }

    /// Makes a domain the one that the others lead to, or no more.
    ///
    /// - Parameter route: sets the routes of the site's domains, inside the transaction.
    public func setPrimary(
        _ isPrimary: Bool, _ domain: CustomDomain, route: @escaping @Sendable (_ all: [CustomDomain]) throws -> Void
    ) async throws {
        try await pool.write { db in
            if isPrimary {
                try db.execute(sql: "UPDATE domains SET is_primary = 0 WHERE site_id = ?", arguments: [domain.siteID])
            }
            try db.execute(
                sql: "UPDATE domains SET is_primary = ? WHERE id = ?", arguments: [isPrimary, domain.id])
            try route(Self.domains(of: domain.siteID, page: Page(limit: .max), db))
        }
    }

    /// Has a domain checked as soon as can be, as if it had been asked for now.
    public func checkSoon(_ domain: CustomDomain) async throws {
        try await pool.write { db in
            try db.execute(
                sql: """
                    UPDATE domains SET due_at = 0, attempts = 0, status = 'waiting for DNS'
                    WHERE id = ? AND is_verified = 0
                    """, arguments: [domain.id])
            try db.execute(
                // A few times: an authority counts what it is asked for.
                sql: """
                    UPDATE certificates SET due_at = 0
                    WHERE name = ? AND expires_at IS NULL AND attempts < 4 AND is_held = 0
                    """, arguments: [domain.name.ascii])
        }
    }

    /// Domains that are to be checked now, with their sites.
    public func dueDomains(at now: Date, limit: Int) async throws -> [(CustomDomain, Site)] {
        try await pool.read { db in
            try SQLRequest<Row>(
                sql: "SELECT * FROM domains WHERE due_at <= ? ORDER BY due_at LIMIT ?",
                arguments: [now.milliseconds, limit], cached: true
            ).fetchAll(db).map(CustomDomain.init(row:)).compactMap { domain in
                try Self.site(id: domain.siteID, db).map { (domain, $0) }
            }
        }
    }

    /// Makes a domain this site's, and takes it from the one that had it.
    ///
    /// - Parameters:
    ///   - status: that it has from here on, unless there is a certificate for it already: then it is live.
    ///   - route: sets the routes of the site's domains, inside the transaction. What the site that had it before loses is
    ///     this one route.
    public func verify(
        _ domain: CustomDomain, status: CustomDomain.Status,
        route: @escaping @Sendable (_ all: [CustomDomain]) throws -> Void
    ) async throws {
        try await pool.write { db in
            // Either may have gone while the records were looked at: then nobody loses anything.
            guard try Self.site(id: domain.siteID, db) != nil,
                try Bool.fetchOne(db, sql: "SELECT 1 FROM domains WHERE id = ?", arguments: [domain.id]) != nil
            else { return }
            try db.execute(
                sql: """
                    UPDATE domains SET is_verified = 0, is_primary = 0, status = 'failed', due_at = NULL,
                        reason = 'another site has proven that the domain is its own: set the TXT record again to have it back'
                    WHERE domain = ? AND is_verified = 1 AND id != ?
                    """, arguments: [domain.name.ascii, domain.id])
            try db.execute(
                sql: """
                    UPDATE domains SET is_verified = 1, due_at = NULL, attempts = 0,
                        reason = (SELECT problem FROM certificates WHERE name = domain AND expires_at IS NULL),
                        status = CASE WHEN EXISTS (
                            SELECT 1 FROM certificates WHERE name = domain AND expires_at IS NOT NULL)
                            THEN 'live' ELSE ? END
                    WHERE id = ?
                    """, arguments: [status.rawValue, domain.id])
            try route(Self.domains(of: domain.siteID, page: Page(limit: .max), db))
        }
    }

    /// - Parameters:
    ///   - reason: what was seen, in one sentence for the owner.
    ///   - time: of the next check; nil for none.
    public func postpone(
        _ domain: CustomDomain, status: CustomDomain.Status, reason: String, until time: Date?
    ) async throws {
        try await relaxedWrite { db in
            // Unless somebody asked for a check meanwhile.
            try db.execute(
                sql: """
                    UPDATE domains SET status = ?, reason = ?, attempts = attempts + 1, due_at = ?
                    WHERE id = ? AND is_verified = 0 AND attempts = ?
                    """,
                arguments: [status.rawValue, reason, time?.milliseconds, domain.id, domain.attempts])
        }
    }
}

extension CustomDomain {
    init(row: Row) {
        guard let status = Status(rawValue: row["status"]), let name = try? DomainName(row["domain"]) else {
            preconditionFailure("domains holds names and the words of CasterCore")
        }
        self.init(
            id: row["id"], siteID: row["site_id"], name: name, token: row["token"], status: status,
            reason: row["reason"], isPrimary: row["is_primary"], isVerified: row["is_verified"],
            attempts: row["attempts"], createdAt: row.date("created_at"))
    }
}
