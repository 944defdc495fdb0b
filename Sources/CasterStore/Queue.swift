import CasterCore
import Foundation
import GRDB

/// A deployment that a worker holds, with those which it made obsolete.
public struct Claim: Sendable {
    public let deployment: Deployment
    /// Older pending deployments of the same environment: `superseded` now.
    public let superseded: [Int64]
}

extension Store {
    /// Takes the newest pending deployment of an environment in which nothing is in progress, the environment that
    /// has waited longest first; its older pending ones become `superseded` in the same transaction. Nil if nothing
    /// waits.
    public func claim(at now: Date) async throws -> Claim? {
        // A read first: a worker that is woken in vain takes no write lock.
        guard try await readOnce(Self.nextPending) != nil else { return nil }
        return try await relaxedWrite { db in
            guard let id = try Self.nextPending(db) else { return nil }
            let environment = try Int64.fetchOne(
                db, sql: "SELECT environment_id FROM deployments WHERE id = ?", arguments: [id])
            let superseded = try Int64.fetchAll(
                db,
                sql: """
                    UPDATE deployments SET status = 'superseded', superseded_by = ?, finished_at = ?
                    WHERE environment_id = ? AND status = 'pending' AND id < ? RETURNING id
                    """, arguments: [id, now.milliseconds, environment, id])
            try Self.move(id, to: .building, at: now, in: db)
            return Claim(deployment: try Self.fetch(id, in: db), superseded: superseded)
        }
    }

    private static func nextPending(_ db: Database) throws -> Int64? {
        try SQLRequest<Int64>(
            sql: """
                SELECT MAX(id) FROM deployments AS waiting WHERE status = 'pending' AND NOT EXISTS (
                    SELECT 1 FROM deployments WHERE environment_id = waiting.environment_id
                        AND status IN ('building', 'built', 'deploying'))
                GROUP BY environment_id ORDER BY MIN(id) LIMIT 1
                """, cached: true
        ).fetchOne(db)
    }

    /// How many deployments wait for a worker.
    public func queueLength() async throws -> Int {
        try await pool.read { db in
            try Int.fetchOne(db, sql: "SELECT COUNT(*) FROM deployments WHERE status = 'pending'")!
        }
    }

    /// Those that a worker held when it ended without finishing them, oldest first.
    public func deploymentsInProgress() async throws -> [Deployment] {
        try await pool.read { db in
            try Row.fetchAll(
                db,
                sql: "\(Self.deployments) WHERE status IN ('building', 'built', 'deploying') ORDER BY deployments.id"
            ).map(Deployment.init(row:))
        }
    }

    /// The sites with deployments after the given one, and the newest deployment of all.
    public func sitesDeployed(after id: Int64) async throws -> (sites: [SiteID], newest: Int64) {
        try await pool.read { db in
            let newest = try Int64.fetchOne(db, sql: "SELECT MAX(id) FROM deployments") ?? 0
            let sites = try String.fetchAll(
                db,
                sql: """
                    SELECT DISTINCT sites.site_id FROM deployments
                    JOIN environments ON environments.id = deployments.environment_id
                    JOIN sites ON sites.id = environments.site_id
                    WHERE deployments.id > ? AND deployments.id <= ?
                    """, arguments: [id, newest])
            return (sites.compactMap(SiteID.init), newest)
        }
    }

    /// Moves a deployment through `statuses` in one transaction. To reach `live` is to supersede what was live before.
    ///
    /// A power cut may undo it: then the deployment is found where it was before, and taken on from there.
    ///
    /// Throws `IllegalMove` if the deployment is in a state from which `DeploymentStatus.moves` does not lead there,
    /// and changes nothing.
    public func move(_ id: Int64, through statuses: [DeploymentStatus], at now: Date) async throws -> Deployment {
        try await relaxedWrite { db in
            for status in statuses { try Self.move(id, to: status, at: now, in: db) }
            return try Self.fetch(id, in: db)
        }
    }

    static func move(_ id: Int64, to status: DeploymentStatus, at now: Date, in db: Database) throws {
        if status == .live {
            try db.execute(
                sql: """
                    UPDATE deployments SET status = 'superseded', superseded_by = ?
                    WHERE status = 'live' AND environment_id = (SELECT environment_id FROM deployments WHERE id = ?)
                    """, arguments: [id, id])
        }
        let origins = DeploymentStatus.allCases.filter { $0.moves.contains(status) }
        try db.execute(
            sql: """
                UPDATE deployments SET status = ?, release_id = CASE WHEN ? THEN COALESCE(release_id, id) ELSE release_id END,
                    finished_at = CASE WHEN ? THEN ? ELSE finished_at END
                WHERE id = ? AND status IN (\(origins.map { "'\($0.rawValue)'" }.joined(separator: ", ")))
                """,
            arguments: [status.rawValue, status == .built, status.isEnded, now.milliseconds, id])
        guard db.changesCount == 1 else { throw IllegalMove(deployment: id, to: status) }
    }

    static func fetch(_ id: Int64, in db: Database) throws -> Deployment {
        let row = try SQLRequest<Row>(
            sql: "\(Self.deployments) WHERE deployments.id = ?", arguments: [id], cached: true
        ).fetchOne(db)
        guard let row else { throw IllegalMove(deployment: id, to: .pending) }
        return Deployment(row: row)
    }
}

/// A change of status that the table of moves does not allow, or of a deployment that is gone.
public struct IllegalMove: Error, Sendable, CustomStringConvertible {
    public let deployment: Int64
    public let to: DeploymentStatus

    public var description: String { "deployment \(deployment) cannot become \(to.rawValue)" }
}
