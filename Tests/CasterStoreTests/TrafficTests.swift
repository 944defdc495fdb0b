import CasterCore
import CasterStore
import Foundation
import Testing

/// Requests are counted once, summed up by period, and forgotten with their time or their site.
struct TrafficTests {
    /// An instant at the beginning of a day in UTC.
    private static let day = Date(timeIntervalSince1970: 1_800_057_600)

    private func batch(_ site: Site, _ requests: [(after: Double, status: Int, ms: Int, path: String)]) -> TrafficBatch
    {
        requests.reduce(into: TrafficBatch()) { batch, request in
            batch.add(
                site: site.siteID, at: Self.day + request.after, status: request.status, bytes: 100,
                milliseconds: request.ms, path: request.path)
        }
    }

    @Test func aReportHasItsPeriodsSteps() async throws {
        let fixture = try await StoreFixture()
        let site = try await fixture.site()
        let requests = [
            (after: 0.0, status: 200, ms: 0, path: "/"), (3599, 404, 0, "/a"), (3600, 200, 0, "/"),
            (90_000, 500, 0, "/"),
        ]
        try await fixture.store.count(batch(site, requests), of: "log", end: 400)
        #expect(try await fixture.store.countedTraffic() == ["log": 400])

        let month = try await fixture.store.traffic(of: site, over: .month, at: Self.day + 90_000)
        #expect(month.counts.suffix(2).map(\.requests) == [3, 1])
        #expect(month.total.statuses == [0, 2, 0, 1, 1])
        #expect(month.total.bytes == 400)
        let day = try await fixture.store.traffic(of: site, over: .day, at: Self.day + 86_399)
        #expect(day.counts.prefix(2).map(\.requests) == [2, 1])
        #expect(day.counts.count == 24)
        let hour = try await fixture.store.traffic(of: site, over: .hour, at: Self.day + 3600)
        #expect(hour.counts.last?.requests == 1)
        #expect(hour.total.requests == 2, "the first is 61 minutes old")
    }

    @Test func theSlowestPathsAreFewAndOnlyWhatWasFound() async throws {
        let fixture = try await StoreFixture()
        let site = try await fixture.site()
        var requests = (1...200).map { (after: 0.0, status: 200, ms: $0, path: "/\($0)") }
        requests += [(0, 200, 5, "/200"), (0, 404, 9999, "/none"), (0, 500, 3000, "/broken"), (0, 200, 0, "/fast")]
        try await fixture.store.count(batch(site, requests), of: "log", end: 1)
        try await fixture.store.count(batch(site, [(0, 200, 1000, "/later")]), of: "log", end: 2)
        let report = try await fixture.store.traffic(of: site, over: .hour, at: Self.day)
        #expect(report.slowest.map(\.path).prefix(4) == ["/broken", "/later", "/199", "/198"])
        #expect(report.slowest.count == 10)
        #expect(report.slowest[0].times == PathTimes(requests: 1, total: 3000, longest: 3000))
    }

    @Test func oldCountsAndThoseOfDeletedSitesGo() async throws {
        let fixture = try await StoreFixture()
        let (site, other) = (try await fixture.site(), try await fixture.site())
        for site in [site, other] {
            try await fixture.store.count(batch(site, [(0, 200, 7, "/")]), of: "log", end: 1)
        }
        try await fixture.store.forgetTraffic(at: Self.day + 7200)
        func requests(_ site: Site, _ period: TrafficPeriod) async throws -> Int {
            // As if it were still that time: what is gone does not come back.
            try await fixture.store.traffic(of: site, over: period, at: Self.day).total.requests
        }
        #expect(try await requests(site, .hour) == 0)
        #expect(try await requests(site, .day) == 1)
        #expect(try await requests(other, .month) == 1)

        _ = try await fixture.store.beginDeletion(of: site, at: Self.day)
        try await fixture.store.count(batch(site, [(0, 200, 7, "/")]), of: "log", end: 2)
        #expect(try await requests(site, .day) == 1, "nothing is added to a deleted site")
        try await fixture.store.endDeletion(of: site)
        #expect(try await requests(site, .day) == 0)
        #expect(try await fixture.store.traffic(of: site, over: .day, at: Self.day).slowest.isEmpty)
        #expect(try await requests(other, .day) == 1)

        try await fixture.store.forgetTrafficFiles(except: ["another"])
        #expect(try await fixture.store.countedTraffic().isEmpty)
    }
}
