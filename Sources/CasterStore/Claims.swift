import CasterCore
import Foundation
import GRDB

extension Store {
    /// Creates a site that nobody owns, which expires unless it is claimed. Nil if the short ID is taken.
    public func createAnonymousSite(
        _ siteID: SiteID, claimHash: [UInt8], expiresAt: Date, at now: Date
    ) async throws -> (Site, SiteEnvironment)? {
        do {
            return try await effect { db in
                let (site, environment) = try Self.insertSite(siteID, userID: nil, expiresAt: expiresAt, at: now, db)
                try db.execute(
                    sql: "INSERT INTO claims (token_hash, site_id, state, expires_at) VALUES (?, ?, 'open', ?)",
                    arguments: [Data(claimHash), site.id, expiresAt.milliseconds])
                return (site, environment)
            }
        } catch let error as DatabaseError where error.isUniqueViolation {
            return nil
        }
    }

    /// Makes an anonymous site the account's. A claim and the expiry at the same moment: one of the two happens.
    ///
    /// Throws `Refusal.notFound` for an unknown token, `.conflict` if the site was claimed, `.gone` if it expired.
    public func claim(_ tokenHash: [UInt8], for user: User, at now: Date) async throws -> Site {
        let outcome: Result<Site, Refusal> = try await effect { db in
            let claim = try Row.fetchOne(
                db, sql: "SELECT * FROM claims WHERE token_hash = ?", arguments: [Data(tokenHash)])
            guard let claim else { return .failure(.notFound("there is no site with this claim token")) }
            let expired = Refusal.gone("the claim token has expired, and the site with it")
            let state: String = claim["state"]
            guard state != "expired" else { return .failure(expired) }
            guard state == "open" else { return .failure(.conflict("the site is claimed already")) }
            let row = try Row.fetchOne(
                db, sql: "SELECT * FROM sites WHERE id = ? AND is_deleted = 0", arguments: [claim["site_id"]])
            guard let site = row.map(Site.init(row:)) else { return .failure(expired) }
            guard claim.date("expires_at") > now else {
                try Self.expire(site, at: now, db)
                return .failure(expired)
            }
            try db.execute(
                sql: "UPDATE claims SET state = 'claimed' WHERE token_hash = ?", arguments: [Data(tokenHash)])
            try db.execute(
                sql: "UPDATE sites SET user_id = ?, expires_at = NULL WHERE id = ?", arguments: [user.id, site.id])
            return .success(
                Site(id: site.id, siteID: site.siteID, userID: user.id, name: site.name, createdAt: site.createdAt))
        }
        return try outcome.get()
    }

    /// Forgets claims that ended before `time`.
    public func forgetClaims(before time: Date) async throws {
        try await pool.write { db in
            try db.execute(
                sql: "DELETE FROM claims WHERE state != 'open' AND expires_at < ?", arguments: [time.milliseconds])
        }
    }
}
