import CasterCore
import Foundation
import GRDB

extension Store {
    /// What tells this platform's containers from those of others on the same engine: 16 hex digits, for ever the same.
    public func platformID() async throws -> String {
        try await pool.read { db in try String.fetchOne(db, sql: "SELECT id FROM platform")! }
    }

    /// Records the image that a build has made, and the port that it listens on.
    public func recordImage(_ image: String, port: Int, of deployment: Int64) async throws {
        try await relaxedWrite { db in
            try db.execute(
                sql: "UPDATE deployments SET image = ?, container_port = ? WHERE id = ?",
                arguments: [image, port, deployment])
        }
    }

    /// Gives a deployment that shows an earlier one's release that one's image and port.
    static func copyImage(ofRelease release: Int64?, to deployment: Int64, _ db: Database) throws {
        try db.execute(
            sql: """
                UPDATE deployments SET image = source.image, container_port = source.container_port
                FROM (SELECT image, container_port FROM deployments WHERE release_id = ? AND id != ? LIMIT 1) AS source
                WHERE deployments.id = ?
                """, arguments: [release, deployment, deployment])
    }

    public func setContainerState(_ state: SiteEnvironment.ContainerState, of site: Site) async throws {
        try await relaxedWrite { db in
            try db.execute(
                sql: """
                    UPDATE environments SET container_state = ?
                    WHERE site_id = ? AND name = 'prod' AND container_state != ?
                    """, arguments: [state.rawValue, site.id, state.rawValue])
        }
    }

    public func containerState(of site: Site) async throws -> SiteEnvironment.ContainerState? {
        try await pool.read { db in
            try String.fetchOne(
                db, sql: "SELECT container_state FROM environments WHERE site_id = ? AND name = 'prod'",
                arguments: [site.id]
            ).flatMap(SiteEnvironment.ContainerState.init)
        }
    }

    /// A deployment of the same environment that waits and is newer.
    public func newerPending(than deployment: Deployment) async throws -> Int64? {
        try await pool.read { db in
            try SQLRequest<Int64>(
                sql: "SELECT MAX(id) FROM deployments WHERE environment_id = ? AND status = 'pending' AND id > ?",
                arguments: [deployment.environmentID, deployment.id], cached: true
            ).fetchOne(db)
        }
    }

    /// Ends a deployment in progress in favour of another. Throws `IllegalMove` if it has ended.
    public func supersede(_ id: Int64, by other: Int64, at now: Date) async throws {
        try await relaxedWrite { db in
            try Self.move(id, to: .superseded, at: now, in: db)
            try db.execute(sql: "UPDATE deployments SET superseded_by = ? WHERE id = ?", arguments: [other, id])
        }
    }

    /// The site with this ID, unless its deletion has begun.
    public func site(_ siteID: SiteID) async throws -> Site? {
        try await pool.read { db in
            try SQLRequest<Row>(
                sql: "SELECT * FROM sites WHERE site_id = ? AND is_deleted = 0", arguments: [siteID.hex], cached: true
            ).fetchOne(db).map(Site.init(row:))
        }
    }

    /// The site, whoever owns it, that answers under a short ID or name.
    public func site(answering identifier: SiteIdentifier) async throws -> Site? {
        try await siteAndEnvironment(identifier)?.0
    }

    /// The sites whose visitors see a container.
    public func sitesWithContainer() async throws -> [Site] {
        try await pool.read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT sites.* FROM deployments JOIN environments ON environments.id = deployments.environment_id
                    JOIN sites ON sites.id = environments.site_id
                    WHERE deployments.status = 'live' AND image IS NOT NULL AND is_deleted = 0
                    """
            ).map(Site.init(row:))
        }
    }

    /// The releases of a site that are live or on their way to be.
    public func releasesInUse(by site: Site) async throws -> (live: Int64?, coming: Int64?) {
        try await pool.read { db in
            func release(_ condition: String) throws -> Int64? {
                try Int64.fetchOne(
                    db,
                    sql: """
                        SELECT COALESCE(release_id, deployments.id) FROM deployments
                        JOIN environments ON environments.id = deployments.environment_id
                        WHERE environments.site_id = ? AND \(condition)
                        """, arguments: [site.id])
            }
            return (try release("status = 'live'"), try release("status IN ('building', 'built', 'deploying')"))
        }
    }

    /// The images of releases that are kept, or on their way to be live.
    public func imagesNeeded(by site: SiteID) async throws -> Set<String> {
        try await pool.read { db in
            try Set(
                String.fetchAll(
                    db,
                    sql: """
                        SELECT image FROM deployments
                        JOIN environments ON environments.id = deployments.environment_id
                        JOIN sites ON sites.id = environments.site_id
                        WHERE sites.site_id = ? AND is_deleted = 0 AND image IS NOT NULL
                            AND (release_id IS NOT NULL OR status IN ('building', 'built', 'deploying'))
                        """, arguments: [site.hex]))
        }
    }

    /// The images of a site that are on record and the release that each belongs to: the live one first, then by age, the
    /// newest first.
    public func images(of site: SiteID) async throws -> [(release: Int64, image: String)] {
        try await pool.read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT release_id, image FROM deployments
                    JOIN environments ON environments.id = deployments.environment_id
                    JOIN sites ON sites.id = environments.site_id
                    WHERE sites.site_id = ? AND is_deleted = 0 AND image IS NOT NULL AND release_id IS NOT NULL
                    GROUP BY release_id ORDER BY MAX(status = 'live') DESC, MAX(deployments.id) DESC
                    """, arguments: [site.hex]
            ).map { ($0["release_id"], $0["image"]) }
        }
    }

    /// The tags of a site's newest images, as sources of layers for the next build.
    public func imageTags(of site: Site, limit: Int) async throws -> [String] {
        try await pool.read { db in
            try String.fetchAll(
                db,
                sql: """
                    SELECT image_tag FROM deployments JOIN environments
                    ON environments.id = deployments.environment_id
                    WHERE environments.site_id = ? AND image IS NOT NULL AND release_id IS NOT NULL
                    GROUP BY image_tag ORDER BY MAX(deployments.id) DESC LIMIT ?
                    """, arguments: [site.id, limit])
        }
    }
}
