import CasterCore
import Foundation
import GRDB

extension Store {
    /// Gives a site a name, and frees the one that it had.
    ///
    /// - Parameter route: makes the site answer to its name, and no longer to the one that it had, which is nil if it had
    ///   none. It is called inside the transaction: two renames at once set their routes in the order in which they
    ///   happen.
    ///
    /// Throws `Refusal.conflict` if another site has the name, or another account gave it up after `quarantineStart`.
    public func rename(
        _ site: Site, to name: SiteName, quarantineStart: Date, at now: Date,
        route: @escaping @Sendable (_ freed: String?) throws -> Void
    ) async throws -> Site {
        try await pool.write { db in
            guard
                let row = try Row.fetchOne(
                    db, sql: "SELECT * FROM sites WHERE id = ? AND is_deleted = 0", arguments: [site.id])
            else { throw Refusal.notFound("there is no such site among yours") }
            let current = Site(row: row)
            if current.name == name.text {
                try route(nil)
                return current
            }
            let isTaken = try Bool.fetchOne(
                db, sql: "SELECT EXISTS (SELECT 1 FROM sites WHERE name = ?)", arguments: [name.text])!
            guard !isTaken else { throw Refusal.conflict("the name \(name.text) is taken") }
            let isKept = try Bool.fetchOne(
                db,
                sql: "SELECT EXISTS (SELECT 1 FROM freed_names WHERE name = ? AND user_id IS NOT ? AND freed_at > ?)",
                arguments: [name.text, current.userID, quarantineStart.milliseconds])!
            guard !isKept else {
                throw Refusal.conflict("the name \(name.text) was given up a short time ago, and is kept for its owner")
            }
            try Self.freeName(of: current, at: now, db)
            try db.execute(sql: "DELETE FROM freed_names WHERE name = ?", arguments: [name.text])
            try db.execute(sql: "UPDATE sites SET name = ? WHERE id = ?", arguments: [name.text, site.id])
            try Self.wantRecord(name.text, of: current.siteID, db)
            try route(current.name)
            return Site(
                id: current.id, siteID: current.siteID, userID: current.userID, name: name.text,
                createdAt: current.createdAt)
        }
    }

    static func freeName(of site: Site, at now: Date, _ db: Database) throws {
        guard let name = site.name else { return }
        try db.execute(
            sql: "INSERT OR REPLACE INTO freed_names (name, user_id, freed_at) VALUES (?, ?, ?)",
            arguments: [name, site.userID, now.milliseconds])
        try db.execute(sql: "UPDATE sites SET name = NULL WHERE id = ?", arguments: [site.id])
        try unwantRecord(name, db)
    }
}
