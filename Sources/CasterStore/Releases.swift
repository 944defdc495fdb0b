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
    /// Releases that are not among the newest `keep` of their environment, and that visitors have not seen since `time`.
    /// The live one is never among them.
    public func obsoleteReleases(keep: Int, notLiveSince time: Date) async throws -> [ObsoleteRelease] {
        try await pool.read { db in
            try Row.fetchAll(
                db,
                sql: """
                    WITH releases AS (
                        SELECT shown.release_id, shown.environment_id,
                            MAX(shown.status = 'live') AS is_live, MAX(shown.id) AS newest,
                            MIN(shown.status IN ('superseded', 'failed')) AS is_over,
                            MAX(COALESCE(successor.finished_at, 0)) AS last_live
                        FROM deployments AS shown
                        LEFT JOIN deployments AS successor ON successor.id = shown.superseded_by
                        WHERE shown.release_id IS NOT NULL GROUP BY shown.environment_id, shown.release_id),
                    ranked AS (
                        SELECT *, ROW_NUMBER() OVER (
                            PARTITION BY environment_id ORDER BY is_live DESC, newest DESC) AS rank FROM releases)
                    SELECT ranked.release_id, sites.site_id FROM ranked
                    JOIN environments ON environments.id = ranked.environment_id
                    JOIN sites ON sites.id = environments.site_id
                    WHERE rank > ? AND is_over AND last_live < ?
                    ORDER BY ranked.release_id LIMIT 1000
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
