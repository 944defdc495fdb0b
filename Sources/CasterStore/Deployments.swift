import CasterCore
import Foundation
import GRDB

/// What a door hands over to be made live.
public struct NewDeployment: Sendable {
    public let site: Site
    public let commit: String
    public let tree: String
    public let source: DeploymentSource

    public init(site: Site, commit: String, tree: String, source: DeploymentSource) {
        self.site = site
        self.commit = commit
        self.tree = tree
        self.source = source
    }
}

extension Store {
    /// The rows that `Deployment(row:)` reads; a condition follows.
    static let deployments = """
        SELECT deployments.*, environments.site_id AS site FROM deployments
        JOIN environments ON environments.id = deployments.environment_id
        """

    /// Records a deployment as `pending`.
    ///
    /// `tip` is asked inside the transaction for the commit that `main` points to. If that is another one, a newer
    /// commit came between the two, and the deployment is recorded as `superseded`: so the last commit wins,
    /// whichever of two hooks comes here first. A closure that answers nil skips the comparison.
    public func accept(
        _ new: NewDeployment, at now: Date, tip: @escaping @Sendable () throws -> String?
    ) async throws -> Deployment {
        try await pool.write { db in
            let tip = try tip()
            let isOvertaken = tip != nil && tip != new.commit
            let environment = try Int64.fetchOne(
                db, sql: "SELECT id FROM environments WHERE site_id = ? AND name = 'prod'", arguments: [new.site.id])
            guard let environment else { throw Refusal.notFound("the site was deleted") }
            let overtaker = try Int64.fetchOne(
                db, sql: "SELECT MAX(id) FROM deployments WHERE environment_id = ? AND commit_sha = ?",
                arguments: [environment, tip])
            let status: DeploymentStatus = isOvertaken ? .superseded : .pending
            let imageTag = "\(new.site.siteID.short)-\(new.commit.prefix(8))"
            try db.execute(
                sql: """
                    INSERT INTO deployments (environment_id, commit_sha, tree_sha, source, status, superseded_by,
                        image_tag, container_port, created_at, finished_at)
                    VALUES (?, ?, ?, ?, ?, ?, ?, 80, ?, ?)
                    """,
                arguments: [
                    environment, new.commit, new.tree, new.source.rawValue, status.rawValue,
                    isOvertaken ? overtaker : nil, imageTag, now.milliseconds, isOvertaken ? now.milliseconds : nil,
                ])
            return Deployment(
                id: db.lastInsertedRowID, environmentID: environment, siteID: new.site.id, commit: new.commit,
                tree: new.tree, source: new.source, status: status, supersededBy: isOvertaken ? overtaker : nil,
                imageTag: imageTag, containerPort: 80, createdAt: now, finishedAt: isOvertaken ? now : nil)
        }
    }

    /// One deployment by ID.
    public func deployment(_ id: Int64) async throws -> Deployment? {
        try await pool.read { db in
            try SQLRequest<Row>(sql: "\(Self.deployments) WHERE deployments.id = ?", arguments: [id], cached: true)
                .fetchOne(db).map(Deployment.init(row:))
        }
    }

    /// The deployments of a site, newest first.
    public func deployments(of site: Site) async throws -> [Deployment] {
        try await pool.read { db in
            try Row.fetchAll(
                db, sql: "\(Self.deployments) WHERE environments.site_id = ? ORDER BY deployments.id DESC",
                arguments: [site.id]
            ).map(Deployment.init(row:))
        }
    }

    /// The deployment that visitors of a site see.
    public func liveDeployment(of site: Site) async throws -> Deployment? {
        try await pool.read { db in
            try SQLRequest<Row>(
                sql: "\(Self.deployments) WHERE environments.site_id = ? AND status = 'live'", arguments: [site.id],
                cached: true
            ).fetchOne(db).map(Deployment.init(row:))
        }
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
    init(row: Row) {
        guard let source = DeploymentSource(rawValue: row["source"]),
            let status = DeploymentStatus(rawValue: row["status"])
        else { preconditionFailure("deployments.source and .status hold the words of CasterCore") }
        self.init(
            id: row["id"], environmentID: row["environment_id"], siteID: row["site"], commit: row["commit_sha"],
            tree: row["tree_sha"], source: source, status: status, supersededBy: row["superseded_by"],
            imageTag: row["image_tag"], containerPort: row["container_port"], createdAt: row.date("created_at"),
            finishedAt: row.optionalDate("finished_at"))
    }
}
