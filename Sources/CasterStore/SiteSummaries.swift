import CasterCore
import Foundation
import GRDB

extension Store {
    /// A page of the sites of an account, newest first, each with its newest deployment.
    ///
    /// - Parameter text: only sites whose name or short ID contains it; all if it is empty.
    public func siteSummaries(of user: User, matching text: String, page: Page) async throws -> [SiteSummary] {
        try await pool.read { db in
            try SQLRequest<Row>(
                sql: """
                    SELECT sites.id AS row_id, sites.site_id AS hex, sites.user_id, sites.name,
                        sites.created_at AS site_created_at, deployments.*,
                        EXISTS (SELECT 1 FROM deployments AS shown
                            WHERE shown.environment_id = environments.id AND shown.status = 'live') AS is_live,
                        container_state = 'stopped' AND EXISTS (SELECT 1 FROM deployments AS shown
                            WHERE shown.environment_id = environments.id AND shown.status = 'live'
                                AND shown.image IS NOT NULL) AS is_asleep
                    FROM sites
                    JOIN environments ON environments.site_id = sites.id AND environments.name = 'prod'
                    LEFT JOIN deployments ON deployments.id =
                        (SELECT MAX(id) FROM deployments WHERE environment_id = environments.id)
                    WHERE sites.user_id = ? AND is_deleted = 0 AND sites.id < ?
                        AND (instr(COALESCE(sites.name, ''), ?) > 0 OR instr(sites.short_id, ?) > 0)
                    ORDER BY sites.id DESC LIMIT ?
                    """, arguments: [user.id, page.before, text, text, page.limit], cached: true
            ).fetchAll(db).map { row in
                guard let siteID = SiteID(row["hex"]) else { preconditionFailure("sites.site_id holds 32 hex digits") }
                let site = Site(
                    id: row["row_id"], siteID: siteID, userID: row["user_id"], name: row["name"],
                    createdAt: row.date("site_created_at"))
                let id: Int64? = row["id"]
                return SiteSummary(
                    site: site, latest: id.map { _ in Deployment(row: row, site: site.id) }, isLive: row["is_live"],
                    isAsleep: row["is_asleep"])
            }
        }
    }
}
