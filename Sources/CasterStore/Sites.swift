import CasterCore
import Foundation
import GRDB

extension Store {
    /// Creates a site with its `prod` environment. Nil if the short ID is taken: try another.
    public func createSite(_ siteID: SiteID, owner: User, at now: Date) async throws -> (Site, SiteEnvironment)? {
        do {
            return try await effect { db in
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
        try Self.wantRecord(siteID.short, of: siteID, db)
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

    /// The site that a person names, whoever owns it, with its `prod` environment.
    public func siteAndEnvironment(_ identifier: SiteIdentifier) async throws -> (Site, SiteEnvironment)? {
        let (column, value) = Self.condition(identifier)
        return try await readOnce { db in
            try SQLRequest<Row>(
                sql: """
                    SELECT sites.*, environments.id AS environment_id, environments.name AS environment,
                        container_state, environments.created_at AS environment_created_at
                    FROM sites JOIN environments ON environments.site_id = sites.id AND environments.name = 'prod'
                    WHERE sites.\(column) = ? AND is_deleted = 0
                    """, arguments: [value], cached: true
            ).fetchOne(db).map { row in (Site(row: row), SiteEnvironment(row: row)) }
        }
    }

    private func site(_ identifier: SiteIdentifier) async throws -> Site? {
        let (column, value) = Self.condition(identifier)
        return try await readOnce { db in
            try SQLRequest<Row>(
                sql: "SELECT * FROM sites WHERE \(column) = ? AND is_deleted = 0", arguments: [value], cached: true
            ).fetchOne(db).map(Site.init(row:))
        }
    }

    private static func condition(_ identifier: SiteIdentifier) -> (column: String, value: String) {
        switch identifier {
        case .short(let short): ("short_id", short)
        case .name(let name): ("name", name)
        }
    }

    /// The site with this row ID, unless its deletion has begun.
    public func site(id: Int64) async throws -> Site? {
        try await pool.read { db in try Self.site(id: id, db) }
    }

    static func site(id: Int64, _ db: Database) throws -> Site? {
        try SQLRequest<Row>(
            sql: "SELECT * FROM sites WHERE id = ? AND is_deleted = 0", arguments: [id], cached: true
        ).fetchOne(db).map(Site.init(row:))
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
}

extension SiteEnvironment {
    /// A row of `Store.siteAndEnvironment`.
    init(row: Row) {
        guard let state = ContainerState(rawValue: row["container_state"]) else {
            preconditionFailure("environments.container_state holds the words of CasterCore")
        }
        self.init(
            id: row["environment_id"], siteID: row["id"], name: row["environment"], containerState: state,
            createdAt: row.date("environment_created_at"))
    }
}

extension Site {
    init(row: Row) {
        guard let siteID = SiteID(row["site_id"]) else { preconditionFailure("sites.site_id holds 32 hex digits") }
        self.init(
            id: row["id"], siteID: siteID, userID: row["user_id"], name: row["name"], createdAt: row.date("created_at"))
    }
}
