import CasterCore
import Foundation
import GRDB

/// What a door hands over to be made live.
public struct NewDeployment: Sendable {
    public let site: Site
    public let commit: String
    public let tree: String
    public let source: DeploymentSource
    /// A release of the same files that is there already, and need not be built.
    public let releaseID: Int64?

    public init(site: Site, commit: String, tree: String, source: DeploymentSource, releaseID: Int64? = nil) {
        self.site = site
        self.commit = commit
        self.tree = tree
        self.source = source
        self.releaseID = releaseID
    }
}

extension Store {
    /// The rows that `Deployment(row:)` reads; a condition follows.
    static let deployments = """
        SELECT deployments.*, environments.site_id AS site FROM deployments
        JOIN environments ON environments.id = deployments.environment_id
        """

    /// Records a deployment, as `pending` unless one of these holds.
    ///
    /// `tip` is asked inside the transaction for the commit that `main` points to. If that is another one with a
    /// deployment, a newer commit came between the two, and this deployment is recorded as `superseded`: so the last
    /// commit wins, whichever of two doors comes here first. (Without a deployment it may never get one, because its
    /// door died; if it does, that is the newer one.) A closure that answers nil skips the comparison.
    ///
    /// If nothing waits and visitors see the very same files already, it is recorded as `live`, with their release.
    ///
    /// Throws `Refusal.notFound` if the site was deleted.
    public func accept(
        _ new: NewDeployment, at now: Date, tip: @escaping @Sendable () throws -> String?
    ) async throws -> Deployment {
        try await effect { db in
            let environment = try Int64.fetchOne(
                db,
                sql: """
                    SELECT environments.id FROM environments JOIN sites ON sites.id = environments.site_id
                    WHERE sites.id = ? AND is_deleted = 0 AND environments.name = 'prod'
                    """, arguments: [new.site.id])
            guard let environment else { throw Refusal.notFound("the site was deleted") }
            // It may have been removed since it was looked up.
            var release = try Int64.fetchOne(
                db, sql: "SELECT release_id FROM deployments WHERE release_id = ? LIMIT 1", arguments: [new.releaseID])
            var (status, overtaker) = (DeploymentStatus.pending, Int64?.none)
            if let tip = try tip(), tip != new.commit {
                overtaker = try Int64.fetchOne(
                    db, sql: "SELECT MAX(id) FROM deployments WHERE environment_id = ? AND commit_sha = ?",
                    arguments: [environment, tip])
            }
            if overtaker != nil {
                status = .superseded
            } else if let shown = try Self.releaseShown(in: environment, with: new.tree, db) {
                (status, release) = (.live, shown)
            }
            try db.execute(
                sql: """
                    INSERT INTO deployments (environment_id, commit_sha, tree_sha, source, status, superseded_by,
                        release_id, image_tag, container_port, created_at, finished_at)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?, 80, ?, ?)
                    """,
                arguments: [
                    environment, new.commit, new.tree, new.source.rawValue,
                    // First beside the one that it replaces, which gives way below.
                    (status == .live ? .pending : status).rawValue, overtaker, release,
                    "\(new.site.siteID.short)-\(new.commit.prefix(8))", now.milliseconds,
                    status.isEnded ? now.milliseconds : nil,
                ])
            let id = db.lastInsertedRowID
            try Self.copyImage(ofRelease: release, to: id, db)
            if status == .live {
                for step in [DeploymentStatus.building, .built, .deploying, .live] {
                    try Self.move(id, to: step, at: now, in: db)
                }
            }
            return try Self.fetch(id, in: db)
        }
    }

    /// The release that visitors see, if it has just these files and nothing is about to replace it.
    private static func releaseShown(in environment: Int64, with tree: String, _ db: Database) throws -> Int64? {
        try Int64.fetchOne(
            db,
            sql: """
                SELECT release_id FROM deployments AS shown
                WHERE environment_id = ? AND status = 'live' AND tree_sha = ? AND NOT EXISTS (
                    SELECT 1 FROM deployments WHERE environment_id = shown.environment_id
                        AND status IN ('pending', 'building', 'built', 'deploying'))
                """, arguments: [environment, tree])
    }

    /// One deployment by ID.
    public func deployment(_ id: Int64) async throws -> Deployment? {
        try await readOnce { db in
            try SQLRequest<Row>(sql: "\(Self.deployments) WHERE deployments.id = ?", arguments: [id], cached: true)
                .fetchOne(db).map(Deployment.init(row:))
        }
    }

    /// A page of the deployments of a site, newest first.
    public func deployments(of site: Site, page: Page) async throws -> [Deployment] {
        try await pool.read { db in
            try Row.fetchAll(
                db,
                sql: """
                    \(Self.deployments) WHERE environments.site_id = ? AND deployments.id < ?
                    ORDER BY deployments.id DESC LIMIT ?
                    """, arguments: [site.id, page.before, page.limit]
            ).map(Deployment.init(row:))
        }
    }

    /// The deployment that visitors of a site see.
    public func liveDeployment(of site: Site) async throws -> Deployment? {
        try await pool.read { db in try Self.liveDeployment(ofSite: site.id, db) }
    }

    /// A site by its row ID, unless its deletion has begun, and the deployment that its visitors see.
    public func siteWithLiveDeployment(id: Int64) async throws -> (Site, Deployment?)? {
        try await pool.read { db in
            guard let site = try Self.site(id: id, db) else { return nil }
            return (site, try Self.liveDeployment(ofSite: id, db))
        }
    }

    private static func liveDeployment(ofSite id: Int64, _ db: Database) throws -> Deployment? {
        try SQLRequest<Row>(
            sql: "\(Self.deployments) WHERE environments.site_id = ? AND status = 'live'", arguments: [id], cached: true
        ).fetchOne(db).map(Deployment.init(row:))
    }

    /// Whether some deployment of the site has this commit.
    public func hasDeployment(of site: Site, commit: String) async throws -> Bool {
        try await pool.read { db in
            try Bool.fetchOne(
                db,
                sql: """
                    SELECT EXISTS (SELECT 1 FROM deployments JOIN environments
                        ON environments.id = deployments.environment_id
                        WHERE environments.site_id = ? AND commit_sha = ?)
                    """, arguments: [site.id, commit])!
        }
    }
}

extension Deployment {
    init(row: Row) { self.init(row: row, site: row["site"]) }

    /// - Parameter site: `Site.id` of its site.
    init(row: Row, site: Int64) {
        guard let source = DeploymentSource(rawValue: row["source"]),
            let status = DeploymentStatus(rawValue: row["status"])
        else { preconditionFailure("deployments.source and .status hold the words of CasterCore") }
        self.init(
            id: row["id"], environmentID: row["environment_id"], siteID: site, commit: row["commit_sha"],
            tree: row["tree_sha"], source: source, status: status, supersededBy: row["superseded_by"],
            releaseID: row["release_id"], imageTag: row["image_tag"], containerPort: row["container_port"],
            image: row["image"], createdAt: row.date("created_at"), finishedAt: row.optionalDate("finished_at"))
    }
}
