import Foundation
import Testing

/// `CASTER_DNS=rfc2136`: the zone follows the sites, and has nothing else changed.
@Suite(.timeLimit(.minutes(3)))
struct DNSTests {
    /// The names in the zone, apart from the marks beside them.
    private func hosts(_ server: NameServer) async throws -> [String] {
        try await server.zone().filter { !$0.hasPrefix("_caster.") }
    }

    private func eventuallyHosts(_ server: NameServer, _ expected: [String]) async throws {
        do {
            try await eventually("the zone is not as it should be") { try await hosts(server) == expected.sorted() }
        } catch let error as TimedOut {
            throw TimedOut(what: error.what, seen: "\(try await server.zone()), not \(expected)")
        }
    }

    @Test func theZoneFollowsTheSites() async throws {
        try await withNameServer { server in
            try await withPlatform(settings: server.settings) { platform in
                let account = try await platform.account(addsKey: false)
                let site = try await account.createSite()
                let own = "\(site.host) A 127.0.0.1"
                try await eventuallyHosts(server, [own])
                #expect(try await server.records("TXT", of: "_caster.\(site.host)").count == 1)
                #expect(try await account.rename(site.short, to: "my-project").status == 200)
                try await eventuallyHosts(server, [own, "my-project.caster.localhost A 127.0.0.1"])
                #expect(try await account.rename(site.short, to: "other-name").status == 200)
                try await eventuallyHosts(server, [own, "other-name.caster.localhost A 127.0.0.1"])
                #expect(try await account.api("GET", "/sites/\(site.short)").json["dns_problem"] == nil)
                #expect(try await account.api("DELETE", "/sites/\(site.short)").status == 204)
                try await eventuallyHosts(server, [])
                #expect(try await server.zone() == [])
            }
        }
    }

    @Test func anExpiredSiteLeavesTheZone() async throws {
        try await withNameServer { server in
            try await withPlatform(settings: server.settings.merging(["CASTER_ANONYMOUS_LIFETIME": "4"]) { $1 }) {
                platform in
                #expect(try await platform.deployAnonymously("page").status == 202)
                try await eventually("no record") { try await hosts(server).count == 1 }
                try await eventuallyHosts(server, [])
            }
        }
    }

    @Test func addressesAndTargetsOfOtherKinds() async throws {
        try await withNameServer { server in
            let both = server.settings.merging(["CASTER_PUBLIC_ADDRESSES": "192.0.2.7, 2001:db8::7"]) { $1 }
            let platform = try Platform(roles: [.serve], settings: both)
            try await platform.start()
            let site = try await platform.account(addsKey: false).createSite()
            try await eventuallyHosts(server, ["\(site.host) A 192.0.2.7", "\(site.host) AAAA 2001:db8::7"])
            try await platform.stop(.serve)
            // Another setting, and the records that are there follow it.
            let alias = both.merging(["CASTER_DNS_TARGET": "edge.example.net", "CASTER_DATA_DIR": platform.dataFolder])
            {
                $1
            }
            try await withPlatform(settings: alias) { _ in
                try await eventuallyHosts(server, ["\(site.host) CNAME edge.example.net."])
            }
            await platform.end()
        }
    }

    @Test func recordsOfOthersStay() async throws {
        try await withNameServer { server in
            try await withPlatform(settings: server.settings) { platform in
                let account = try await platform.account(addsKey: false)
                let site = try await account.createSite()
                let own = "\(site.host) A 127.0.0.1"
                let foreign = "my-project.caster.localhost A 192.0.2.1"
                try await server.update("add my-project.caster.localhost. 60 A 192.0.2.1")
                // The name is the site's all the same; the DNS has to be mended by who keeps it.
                #expect(try await account.rename(site.short, to: "my-project").status == 200)
                let problem = try await eventually("the owner is not told") {
                    try await account.api("GET", "/sites/my-project").json["dns_problem"]?.string
                }
                #expect(problem.contains("my-project.caster.localhost that this platform did not make"), "\(problem)")
                try await eventuallyHosts(server, [own, foreign])
                #expect(try await account.api("DELETE", "/sites/my-project").status == 204)
                try await eventuallyHosts(server, [foreign])
            }
        }
    }

    @Test func aRecordIsMadeOnceNothingIsInTheWay() async throws {
        try await withNameServer { server in
            try await withPlatform(settings: server.settings) { platform in
                let account = try await platform.account(addsKey: false)
                let site = try await account.createSite()
                try await server.update("add my-project.caster.localhost. 60 A 192.0.2.1")
                #expect(try await account.rename(site.short, to: "my-project").status == 200)
                try await eventually("the owner is not told") {
                    try await account.api("GET", "/sites/my-project").json["dns_problem"] != nil
                }
                try await server.update("delete my-project.caster.localhost.")
                try await eventuallyHosts(
                    server, ["\(site.host) A 127.0.0.1", "my-project.caster.localhost A 127.0.0.1"])
                #expect(try await account.api("GET", "/sites/my-project").json["dns_problem"] == nil)
            }
        }
    }

    @Test func aSiteDoesNotWaitForTheServer() async throws {
        try await withNameServer { server in
            try await withPlatform(settings: server.settings) { platform in
                let account = try await platform.account(addsKey: false)
                try await server.stop()
                let site = try await account.createSite()
                try await site.pastePage("without DNS")
                #expect(try await site.get().text == "without DNS")
                let problem = try await eventually("the owner is not told") {
                    try await account.api("GET", "/sites/\(site.short)").json["dns_problem"]?.string
                }
                #expect(problem.contains("the DNS server does not take the record"), "\(problem)")
                try await server.start()
                try await eventuallyHosts(server, ["\(site.host) A 127.0.0.1"])
            }
        }
    }

    /// What the worker owes when it is killed, the next one does.
    @Test func aKilledWorkerOwesNothing() async throws {
        try await withNameServer { server in
            try await withPlatform(roles: .apart, settings: server.settings) { platform in
                let account = try await platform.account(addsKey: false)
                let (first, second) = (try await account.createSite(), try await account.createSite())
                try await eventually("no records") { try await hosts(server).count == 2 }
                try await platform.kill(.build)
                #expect(try await account.api("DELETE", "/sites/\(first.short)").status == 204)
                #expect(try await account.rename(second.short, to: "my-project").status == 200)
                #expect(try await hosts(server).count == 2)
                try platform.start(.build)
                try await eventuallyHosts(
                    server, ["\(second.host) A 127.0.0.1", "my-project.caster.localhost A 127.0.0.1"])
            }
        }
    }
}
