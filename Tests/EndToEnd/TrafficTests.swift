import Foundation
import Testing

/// What visitors asked for is counted, and nothing about them.
@Suite(.timeLimit(.minutes(3)))
struct TrafficTests {
    private func traffic(of site: Site, _ period: String = "hour") async throws -> JSON {
        let reply = try await site.owner.api("GET", "/sites/\(site.short)/traffic?period=\(period)")
        #expect(reply.status == 200)
        return reply.json
    }

    private func isCounted(_ requests: Int, of site: Site) async throws {
        try await eventually("\(requests) requests are not counted", within: .seconds(30)) {
            try await traffic(of: site)["requests"]?.number == requests
        }
    }

    @Test func requestsAreCountedBySite() async throws {
        try await withPlatform { platform in
            let owner = try await platform.account()
            let site = try await owner.createSite()
            let other = try await owner.createSite()
            try await other.pastePage("other")
            try await site.pastePage(String(repeating: "x", count: 20_000))
            #expect(try await owner.rename(site.short, to: "busy-site").status == 200)
            #expect(try await traffic(of: site)["requests"] == .number(0))

            // By its ID and its name, from an address and with words that are nobody's business.
            for _ in 1...3 {
                _ = try await run([
                    "curl", "-s", "--interface", "127.0.0.77", "-H", "Host: \(site.host)", "-H", "Cookie: biscuit=1",
                    "-H", "User-Agent: Nosy/1.0", "-H", "Referer: http://elsewhere.example/",
                    "http://127.0.0.1:\(platform.edgePort)/?word=passw0rd",
                ]).orThrow("curl")
            }
            let named = try await platform.get(host: "busy-site.caster.localhost")
            #expect(try await site.get("/nowhere").status == 404)
            let tag = try #require(named.header("ETag"))
            #expect(try await site.get(headers: ["If-None-Match: \(tag)"]).status == 304)
            #expect(try await site.get(method: "POST").status == 405)
            // Somebody else's, and nobody's.
            _ = try await other.get()
            _ = try await platform.get(host: "nobody-at-all.caster.localhost")

            try await isCounted(7, of: site)
            let hour = try await traffic(of: site)
            let expected = JSON.object([
                "1xx": .number(0), "2xx": .number(4), "3xx": .number(1), "4xx": .number(2), "5xx": .number(0),
            ])
            #expect(hour["statuses"] == expected)
            let bytes = try #require(hour["bytes"]?.number)
            #expect((80_000...90_000).contains(bytes), "\(bytes): the page four times, and heads")
            #expect(hour["step"] == .number(60))
            for (period, count) in [("hour", 60), ("day", 24), ("month", 30)] {
                let report = try await traffic(of: site, period)
                let steps = try #require(report["steps"]?.array)
                #expect(steps.count == count)
                #expect(steps.compactMap { $0["requests"]?.number }.reduce(0, +) == 7)
                #expect(steps.compactMap { $0["bytes"]?.number }.reduce(0, +) == bytes)
            }
            #expect(try await owner.api("GET", "/sites/busy-site/traffic").json["period"] == .string("day"))
            expectError(try await owner.api("GET", "/sites/busy-site/traffic?period=year"), 400, "period")
            try await isCounted(1, of: other)
            let stranger = try await platform.account()
            expectError(try await stranger.api("GET", "/sites/\(site.short)/traffic"), 404, "no such site")

            // Nothing of the visitor is kept, and only the owner of the folder may read what is.
            for secret in ["127.0.0.77", "biscuit", "passw0rd", "Nosy", "elsewhere.example"] {
                let found = try await run(["grep", "-rlaF", secret, platform.dataFolder]).text
                #expect(found.isEmpty, "\(secret): \(found)")
            }
            let log = "\(platform.dataFolder)/edge/traffic.log"
            #expect(try await run(["stat", "-c", "%a", log]).text == "600\n")

            let browser = BrowserTab(platform)
            try await browser.post("/sign-in", ["email": owner.email, "password": "correct horse"], from: "/sign-in")
            let page = try await browser.get("/sites/busy-site?traffic=month").text
            #expect(page.contains("<strong>7</strong> requests"))
            #expect(page.contains("4xx: 2"))

            #expect(try await owner.api("DELETE", "/sites/\(site.short)").status == 204)
            expectError(try await owner.api("GET", "/sites/\(site.short)/traffic"), 404, "no such site")
        }
    }

    /// Neither the worker's nor the edge's death takes or doubles anything that nginx has written.
    @Test func aKilledWorkerCountsOn() async throws {
        try await withPlatform(roles: .apart) { platform in
            let site = try await platform.account().createSite()
            try await site.pastePage("page")
            for _ in 1...5 { _ = try await site.get() }
            try await isCounted(5, of: site)
            try await platform.kill(.build)
            for _ in 1...7 { _ = try await site.get() }
            try platform.start(.build)
            try await isCounted(12, of: site)
            _ = try await site.get()
            try await isCounted(13, of: site)
            // nginx writes what it has before it ends.
            for _ in 1...4 { _ = try await site.get() }
            try await platform.stop(.edge)
            try platform.start(.edge)
            try await platform.waitUntilReady()
            try await isCounted(17, of: site)
        }
    }

    /// The log is put aside when it is large, and goes; what comes meanwhile is counted too.
    @Test func theLogStaysSmall() async throws {
        try await withPlatform { platform in
            let site = try await platform.account().createSite()
            try await site.pastePage("page")
            let path = String(repeating: "long", count: 45)
            // 7 MB of log, of which some 4 are put aside.
            let total = 30_000
            let urls = "http://127.0.0.1:\(platform.edgePort)/\(path)[1-\(total / 2)]"
            for _ in 1...2 {
                _ = try await run(["curl", "-s", "-o", "/dev/null", "-H", "Host: \(site.host)", urls]).orThrow("curl")
            }
            try await isCounted(total, of: site)
            let folder = "\(platform.dataFolder)/edge"
            try await eventually("the log is not put aside", within: .seconds(40)) {
                _ = try await site.get()
                let log = try FileManager.default.attributesOfItem(atPath: "\(folder)/traffic.log")[.size] as? Int
                let isOnePutAside = FileManager.default.fileExists(atPath: "\(folder)/traffic.log.old")
                return try #require(log) < 5_000_000 && !isOnePutAside
            }
            let before = try #require(try await traffic(of: site)["requests"]?.number)
            #expect(before >= total)
            _ = try await site.get()
            try await eventually("it is not counted on", within: .seconds(30)) {
                try #require(try await traffic(of: site)["requests"]?.number) > before
            }
            #expect(try await run(["stat", "-c", "%a", "\(folder)/traffic.log"]).text == "600\n")
            #expect(!platform.log.contains("cannot be counted"))
        }
    }
}
