import CasterCore
import Foundation
import GRDB

extension Store {
    /// Begins the deletion of a site: from here on it exists for nobody, its name is free, and what was to be deployed
    /// is not. Returns the deployment whose route is being switched at this very moment, if there is one: its end is
    /// to be awaited before the route is removed. Nil, and nothing changes, if the deletion has begun already.
    ///
    /// - Parameter unroute: removes the routes of the name and of the domains that the site has, inside the transaction: from
    ///   its end on another site may have them.
    public func beginDeletion(
        of site: Site, at now: Date,
        unroute: @escaping @Sendable (_ name: String?, _ domains: [String]) throws -> Void = { _, _ in }
    ) async throws -> (switching: Int64?, began: Bool) {
        try await pool.write { db in
            let name = try String.fetchOne(
                db, sql: "SELECT name FROM sites WHERE id = ? AND is_deleted = 0", arguments: [site.id])
            let domains = try String.fetchAll(
                db, sql: "SELECT domain FROM domains WHERE site_id = ? AND is_verified = 1", arguments: [site.id])
            let result = try Self.beginDeletion(of: site, at: now, db)
            try unroute(name, domains)
            return result
        }
    }

    private static func beginDeletion(
        of site: Site, at now: Date, _ db: Database
    ) throws -> (switching: Int64?, began: Bool) {
        try db.execute(
            sql: "UPDATE sites SET is_deleted = 1, expires_at = NULL WHERE id = ? AND is_deleted = 0",
            arguments: [site.id])
        guard db.changesCount == 1 else { return (nil, false) }
        let current = try Row.fetchOne(db, sql: "SELECT * FROM sites WHERE id = ?", arguments: [site.id])
        if let current { try freeName(of: Site(row: current), at: now, db) }
        try unwantRecord(site.siteID.short, db)
        try db.execute(sql: "DELETE FROM domains WHERE site_id = ?", arguments: [site.id])
        try db.execute(
            sql: """
                UPDATE deployments SET status = 'failed', finished_at = ?
                WHERE status IN ('pending', 'building', 'built')
                    AND environment_id IN (SELECT id FROM environments WHERE site_id = ?)
                """, arguments: [now.milliseconds, site.id])
        let switching = try Int64.fetchOne(
            db,
            sql: """
                SELECT deployments.id FROM deployments JOIN environments
                ON environments.id = deployments.environment_id
                WHERE environments.site_id = ? AND status = 'deploying'
                """, arguments: [site.id])
        return (switching, true)
    }

    /// Begins the deletion of the anonymous sites whose time is over, and expires their claims with it.
    public func expireSites(at now: Date) async throws -> [Site] {
        let isDue = "expires_at <= ? AND is_deleted = 0"
        let anyDue = try await pool.read { db in
            try Bool.fetchOne(
                db, sql: "SELECT EXISTS (SELECT 1 FROM sites WHERE \(isDue))", arguments: [now.milliseconds])!
        }
        guard anyDue else { return [] }
        return try await pool.write { db in
            let sites = try Row.fetchAll(
                db, sql: "SELECT * FROM sites WHERE \(isDue) LIMIT 100", arguments: [now.milliseconds]
            ).map(Site.init(row:))
            for site in sites { try Self.expire(site, at: now, db) }
            return sites
        }
    }

    static func expire(_ site: Site, at now: Date, _ db: Database) throws {
        try db.execute(
            sql: "UPDATE claims SET state = 'expired' WHERE site_id = ? AND state = 'open'", arguments: [site.id])
        _ = try beginDeletion(of: site, at: now, db)
    }

    /// The sites whose deletion has begun, and in which no deployment is in progress.
    public func sitesToRemove() async throws -> [Site] {
        try await pool.read { db in
            try SQLRequest<Row>(
                sql: """
                    SELECT * FROM sites WHERE is_deleted = 1 AND NOT EXISTS (
                        SELECT 1 FROM deployments JOIN environments ON environments.id = deployments.environment_id
                        WHERE environments.site_id = sites.id AND status IN ('building', 'built', 'deploying'))
                    LIMIT 100
                    """, cached: true
            ).fetchAll(db).map(Site.init(row:))
        }
    }

    /// The logs of a site are files named by deployment.
    public func deploymentIDs(of site: Site) async throws -> [Int64] {
        try await pool.read { db in
            try Int64.fetchAll(
                db,
                sql: """
                    SELECT deployments.id FROM deployments JOIN environments
                    ON environments.id = deployments.environment_id WHERE environments.site_id = ?
                    """, arguments: [site.id])
        }
    }

    /// Removes the rows of a site whose files are gone.
    public func endDeletion(of site: Site) async throws {
        try await pool.write { db in
            try db.execute(sql: "DELETE FROM sites WHERE id = ? AND is_deleted = 1", arguments: [site.id])
        }
    }
}
