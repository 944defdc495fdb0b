import CasterCore
import Foundation
import GRDB

extension Store {
    /// Paths of one site of which each list keeps the times.
    private static let pathsKept = 20

    /// How many bytes of each file of the edge's log are counted, by the file's name.
    public func countedTraffic() async throws -> [String: Int] {
        try await pool.read { db in
            try Row.fetchAll(db, sql: "SELECT name, bytes FROM traffic_files")
                .reduce(into: [:]) { $0[$1["name"]] = $1["bytes"] }
        }
    }

    /// Adds what the edge's log has up to `end` bytes of a file: both in one transaction, so that no line counts twice or
    /// never. Sites that do not exist any more are passed over. A power cut may undo it.
    public func count(_ batch: TrafficBatch, of file: String, end: Int) async throws {
        try await relaxedWrite { db in
            try db.execute(
                sql: "INSERT INTO traffic_files (name, bytes) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET bytes = ?",
                arguments: [file, end, end])
            var sites: [SiteID: Int64?] = [:]
            func row(of site: SiteID) throws -> Int64? {
                if let known = sites[site] { return known }
                let found = try Int64.fetchOne(
                    db, sql: "SELECT id FROM sites WHERE site_id = ? AND is_deleted = 0", arguments: [site.hex])
                sites[site] = .some(found)
                return found
            }
            for period in TrafficPeriod.allCases {
                try Self.add(batch.counts, over: period, db, row: row)
                try Self.add(batch.paths, over: period, db, row: row)
            }
        }
    }

    private static func add(
        _ counts: [TrafficBatch.Minute: TrafficCount], over period: TrafficPeriod, _ db: Database,
        row: (SiteID) throws -> Int64?
    ) throws {
        var sums: [TrafficBatch.Minute: TrafficCount] = [:]
        for (minute, count) in counts {
            let start = TrafficPeriod.beginning(of: minute.start, step: period.step)
            sums[TrafficBatch.Minute(site: minute.site, start: start), default: TrafficCount()] += count
        }
        let statement = try db.cachedStatement(
            sql: """
                INSERT INTO traffic (site_id, step, start, bytes, status_1, status_2, status_3, status_4, status_5)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (site_id, step, start) DO UPDATE SET
                    bytes = bytes + excluded.bytes, status_1 = status_1 + excluded.status_1,
                    status_2 = status_2 + excluded.status_2, status_3 = status_3 + excluded.status_3,
                    status_4 = status_4 + excluded.status_4, status_5 = status_5 + excluded.status_5
                """)
        for (key, sum) in sums {
            guard let site = try row(key.site) else { continue }
            let fixed: [any DatabaseValueConvertible] = [site, period.step, key.start.milliseconds, sum.bytes]
            try statement.execute(arguments: StatementArguments(fixed + sum.statuses))
        }
    }

    private static func add(
        _ paths: [TrafficBatch.SlowPath: PathTimes], over period: TrafficPeriod, _ db: Database,
        row: (SiteID) throws -> Int64?
    ) throws {
        struct List: Hashable {
            let site: SiteID
            let start: Date
        }
        var lists: [List: [String: PathTimes]] = [:]
        for (path, times) in paths {
            let list = List(site: path.site, start: TrafficPeriod.beginning(of: path.start, step: period.pathStep))
            lists[list, default: [:]][path.path, default: PathTimes()] += times
        }
        let insertion = try db.cachedStatement(
            sql: """
                INSERT INTO traffic_paths (site_id, step, start, path, requests, time, longest)
                VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (site_id, step, start, path) DO UPDATE SET
                    requests = requests + excluded.requests, time = time + excluded.time,
                    longest = MAX(longest, excluded.longest)
                """)
        let cut = try db.cachedStatement(
            sql: """
                DELETE FROM traffic_paths WHERE site_id = ?1 AND step = ?2 AND start = ?3 AND path NOT IN (
                    SELECT path FROM traffic_paths WHERE site_id = ?1 AND step = ?2 AND start = ?3
                    ORDER BY CAST(time AS REAL) / requests DESC LIMIT ?4)
                """)
        for (list, times) in lists {
            guard let site = try row(list.site) else { continue }
            let start = list.start.milliseconds
            for (path, times) in times.sorted(by: { $0.value.average > $1.value.average }).prefix(Self.pathsKept) {
                try insertion.execute(arguments: [
                    site, period.step, start, path, times.requests, times.total, times.longest,
                ])
            }
            try cut.execute(arguments: [site, period.step, start, Self.pathsKept])
        }
    }

    /// What is on record of a site's traffic over the period that ends at `now`.
    public func traffic(of site: Site, over period: TrafficPeriod, at now: Date) async throws -> TrafficReport {
        let start = period.start(at: now)
        let listStart = TrafficPeriod.beginning(of: start, step: period.pathStep)
        return try await pool.read { db in
            var counts = [TrafficCount](repeating: TrafficCount(), count: period.length)
            let rows = try Row.fetchCursor(
                db, sql: "SELECT * FROM traffic WHERE site_id = ? AND step = ? AND start >= ?",
                arguments: [site.id, period.step, start.milliseconds])
            while let row = try rows.next() {
                let index = Int(row.date("start").timeIntervalSince(start)) / period.step
                guard counts.indices.contains(index) else { continue }
                counts[index] = TrafficCount(statuses: (1...5).map { row["status_\($0)"] }, bytes: row["bytes"])
            }
            let slowest = try Row.fetchAll(
                db,
                sql: """
                    SELECT path, SUM(requests) AS requests, SUM(time) AS time, MAX(longest) AS longest
                    FROM traffic_paths WHERE site_id = ? AND step = ? AND start >= ?
                    GROUP BY path ORDER BY CAST(SUM(time) AS REAL) / SUM(requests) DESC, path LIMIT 10
                    """, arguments: [site.id, period.step, listStart.milliseconds]
            ).map { row in
                (
                    path: row["path"] as String,
                    times: PathTimes(requests: row["requests"], total: row["time"], longest: row["longest"])
                )
            }
            return TrafficReport(period: period, start: start, counts: counts, slowest: slowest)
        }
    }

    /// Removes what no report shows any more.
    public func forgetTraffic(at now: Date) async throws {
        try await relaxedWrite { db in
            for period in TrafficPeriod.allCases {
                let start = period.start(at: now)
                let listStart = TrafficPeriod.beginning(of: start, step: period.pathStep)
                try db.execute(
                    sql: "DELETE FROM traffic WHERE step = ? AND start < ?",
                    arguments: [period.step, start.milliseconds])
                try db.execute(
                    sql: "DELETE FROM traffic_paths WHERE step = ? AND start < ?",
                    arguments: [period.step, listStart.milliseconds])
            }
        }
    }

    /// Forgets how far files were counted that are gone. On return, all that was counted so far survives a power cut.
    public func forgetTrafficFiles(except names: [String]) async throws {
        try await pool.write { db in
            // What changes nothing would not be synced, and with it nothing of what was counted.
            try db.execute(sql: "UPDATE traffic_files SET bytes = bytes")
            let marks = databaseQuestionMarks(count: names.count)
            try db.execute(
                sql: "DELETE FROM traffic_files WHERE name NOT IN (\(marks))",
                arguments: StatementArguments(names))
        }
    }
}
