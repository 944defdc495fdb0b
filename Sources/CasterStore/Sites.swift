import CasterCore
import Foundation
import GRDB

extension Store {
    /// Creates a site with its `prod` environment. Nil if the short ID is taken: try another.
    public func createSite(_ siteID: SiteID, owner: User, at now: Date) async throws -> (Site, SiteEnvironment)? {
        do {
            return try await pool.write { db in
                try Self.insertSite(siteID, userID: owner.id, expiresAt: nil, at: now, db)
            }
        } catch let error as DatabaseError where error.isUniqueViolation {
            return nil
        }
    }

    static func insertSite(
        _ siteID: SiteID, userID: Int64?, expiresAt: Date?, at now: Date, _ db: Database
    ) throws -> (Site, SiteEnvironment) {
        try db.execute(
            sql: "INSERT INTO sites (site_id, short_id, user_id, expires_at, created_at) VALUES (?, ?, ?, ?, ?)",
            arguments: [siteID.hex, siteID.short, userID, expiresAt?.milliseconds, now.milliseconds])
        let site = Site(id: db.lastInsertedRowID, siteID: siteID, userID: userID, name: nil, createdAt: now)
        let state = SiteEnvironment.ContainerState.stopped
        try db.execute(
            sql: "INSERT INTO environments (site_id, name, container_state, created_at) VALUES (?, ?, ?, ?)",
            arguments: [site.id, "prod", state.rawValue, now.milliseconds])
        let environment = SiteEnvironment(
            id: db.lastInsertedRowID, siteID: site.id, name: "prod", containerState: state, createdAt: now)
        return (site, environment)
    }

    /// The site that a person names, if this account owns it.
    public func site(_ identifier: SiteIdentifier, of user: User) async throws -> Site? {
        guard let site = try await site(identifier), site.userID == user.id else { return nil }
        return site
    }

    /// Whether there is such a site, whoever owns it.
    public func hasSite(_ identifier: SiteIdentifier) async throws -> Bool {
        try await site(identifier) != nil
    }

    private func site(_ identifier: SiteIdentifier) async throws -> Site? {
        let (column, value) =
            switch identifier {
            case .short(let short): ("short_id", short)
            case .name(let name): ("name", name)
            }
        return try await pool.read { db in
            try SQLRequest<Row>(
                sql: "SELECT * FROM sites WHERE \(column) = ? AND is_deleted = 0", arguments: [value], cached: true
            ).fetchOne(db).map(Site.init(row:))
        }
    }

    /// The site with this row ID.
    public func site(id: Int64) async throws -> Site? {
        try await pool.read { db in
            try SQLRequest<Row>(sql: "SELECT * FROM sites WHERE id = ?", arguments: [id], cached: true)
                .fetchOne(db).map(Site.init(row:))
        }
    }

    /// A page of the sites of an account, newest first.
    public func sites(of user: User, page: Page) async throws -> [Site] {
        try await pool.read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT * FROM sites WHERE user_id = ? AND is_deleted = 0 AND id < ? ORDER BY id DESC LIMIT ?
                    """, arguments: [user.id, page.before, page.limit]
            )
            .map(Site.init(row:))
        }
    }

    /// A page of all sites in the order of their row IDs, beginning after `id`: for jobs that visit every site.
    public func sites(after id: Int64, limit: Int) async throws -> [Site] {
        try await pool.read { db in
            try Row.fetchAll(
                db, sql: "SELECT * FROM sites WHERE id > ? AND is_deleted = 0 ORDER BY id LIMIT ?",
                arguments: [id, limit]
            ).map(Site.init(row:))
        }
    }

    /// The site's `prod` environment.
    public func environment(of site: Site) async throws -> SiteEnvironment {
        try await pool.read { db in
            let row = try SQLRequest<Row>(
                sql: "SELECT * FROM environments WHERE site_id = ? AND name = 'prod'", arguments: [site.id],
                cached: true
            ).fetchOne(db)
            guard let row, let state = SiteEnvironment.ContainerState(rawValue: row["container_state"]) else {
                throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "site \(site.id) has no prod environment")
            }
            return SiteEnvironment(
                id: row["id"], siteID: row["site_id"], name: row["name"], containerState: state,
                createdAt: row.date("created_at"))
        }
    }
}

extension Site {
    init(row: Row) {
        guard let siteID = SiteID(row["site_id"]) else { preconditionFailure("sites.site_id holds 32 hex digits") }
        self.init(
            id: row["id"], siteID: siteID, userID: row["user_id"], name: row["name"], createdAt: row.date("created_at"))
    }
}
