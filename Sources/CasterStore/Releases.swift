import CasterCore
import Foundation
import GRDB

/// A release that no visitor needs any more.
public struct ObsoleteRelease: Sendable, Hashable {
    /// The deployment that made it.
    public let id: Int64
    public let site: SiteID
}

extension Store {
    /// Releases that none of the newest `keep` deployments of their environment shows, and none since `time`. The live
    /// one is never among them.
    public func obsoleteReleases(keep: Int, notLiveSince time: Date) async throws -> [ObsoleteRelease] {
        try await pool.read { db in
            try Row.fetchAll(
                db,
                sql: """
                    WITH ranked AS (
                        SELECT release_id, environment_id, status, superseded_by,
                            ROW_NUMBER() OVER (PARTITION BY environment_id ORDER BY status = 'live' DESC, id DESC) AS rank
                        FROM deployments WHERE release_id IS NOT NULL),
                    candidates AS (
                        SELECT ranked.release_id, MIN(ranked.environment_id) AS environment_id FROM ranked
                        LEFT JOIN deployments AS successor ON successor.id = ranked.superseded_by
                        GROUP BY ranked.release_id
                        HAVING MIN(ranked.rank) > ? AND MIN(ranked.status IN ('superseded', 'failed'))
                            AND MAX(COALESCE(successor.finished_at, 0)) < ?)
                    SELECT candidates.release_id, sites.site_id FROM candidates
                    JOIN environments ON environments.id = candidates.environment_id
                    JOIN sites ON sites.id = environments.site_id
                    ORDER BY candidates.release_id LIMIT 1000
                    """, arguments: [keep, time.milliseconds]
            ).map { row in
                guard let site = SiteID(row["site_id"]) else { preconditionFailure("site_id holds 32 hex digits") }
                return ObsoleteRelease(id: row["release_id"], site: site)
            }
        }
    }

    /// Records that a release is gone, before its folder is removed. False, and nothing changes, if a deployment that is
    /// live or on its way shows it meanwhile.
    public func forgetRelease(_ id: Int64) async throws -> Bool {
        try await pool.write { db in
            try db.execute(
                sql: """
                    UPDATE deployments SET release_id = NULL, image = NULL WHERE release_id = ? AND NOT EXISTS (
                        SELECT 1 FROM deployments WHERE release_id = ? AND status NOT IN ('superseded', 'failed'))
                    """, arguments: [id, id])
            return db.changesCount > 0
        }
    }

    /// The releases of a site that are on record, and those that deployments on their way have made or will make.
    public func releasesNeeded(by site: Site) async throws -> Set<Int64> {
        try await pool.read { db in
            try Set(
                Int64.fetchAll(
                    db,
                    sql: """
                        SELECT COALESCE(release_id, deployments.id) FROM deployments
                        JOIN environments ON environments.id = deployments.environment_id
                        WHERE environments.site_id = ?
                            AND (release_id IS NOT NULL OR status NOT IN ('live', 'superseded', 'failed'))
                        """, arguments: [site.id]))
        }
    }
}
