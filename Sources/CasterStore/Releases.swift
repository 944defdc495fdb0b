import CasterCore
import Foundation
import GRDB

/// A release that no visitor needs any more.
public struct ObsoleteRelease: Sendable, Hashable {
    public let deployment: Int64
    public let site: SiteID
}

extension Store {
    /// Releases beyond the newest `keep` of their environment which have not been live since `time`. The live one is
    /// never among them.
    public func obsoleteReleases(keep: Int, notLiveSince time: Date) async throws -> [ObsoleteRelease] {
        try await pool.read { db in
            try Row.fetchAll(
                db,
                sql: """
                    WITH ranked AS (
                        SELECT id, environment_id, status, superseded_by,
                            ROW_NUMBER() OVER (PARTITION BY environment_id ORDER BY status = 'live' DESC, id DESC) AS rank
                        FROM deployments WHERE has_release = 1)
                    SELECT ranked.id, sites.site_id FROM ranked
                    JOIN environments ON environments.id = ranked.environment_id
                    JOIN sites ON sites.id = environments.site_id
                    LEFT JOIN deployments AS successor ON successor.id = ranked.superseded_by
                    WHERE rank > ? AND ranked.status IN ('superseded', 'failed')
                        AND COALESCE(successor.finished_at, 0) < ?
                    ORDER BY ranked.id LIMIT 1000
                    """, arguments: [keep, time.milliseconds]
            ).map { row in
                guard let site = SiteID(row["site_id"]) else { preconditionFailure("site_id holds 32 hex digits") }
                return ObsoleteRelease(deployment: row["id"], site: site)
            }
        }
    }

    /// Records that a deployment's release is gone, before its folder is removed.
    public func forgetRelease(of deployment: Int64) async throws {
        try await pool.write { db in
            try db.execute(sql: "UPDATE deployments SET has_release = 0 WHERE id = ?", arguments: [deployment])
        }
    }
}
