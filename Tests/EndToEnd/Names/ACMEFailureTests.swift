import Foundation
import Glibc
import Testing

/// What an authority says when it has had enough, and what is left when the platform dies in the middle of an order.
@Suite(.timeLimit(.minutes(5)))
struct ACMEFailureTests {
    private let host = "www.example.localhost"

    /// A platform with a certificate of its own, and a site with one page.
    private func withSite(
        settings: [String: String] = [:],
        _ body: (Site, NameServer, Authority, AuthorityFront) async throws -> Void
    ) async throws {
        try await withAuthority(settings: settings, hasFront: true) { platform, server, authority in
            try await eventually("no certificate", within: .seconds(60)) {
                try await platform.serial(shownTo: "console.caster.localhost") != nil
            }
            let site = try await platform.account(addsKey: false).createSite()
            try await site.pastePage("page")
            try await body(site, server, authority, try #require(authority.front))
        }
    }

    /// Waits until the owner is told something about the domain.
    @discardableResult
    private func reason(of site: Site, contains words: String) async throws -> String {
        var seen = ""
        do {
            return try await eventually("the owner is not told", within: .seconds(60)) {
                seen = try await site.domain(host)["reason"]?.string ?? ""
                return seen.contains(words) ? seen : nil
            }
        } catch let error as TimedOut {
            throw TimedOut(what: error.what, seen: seen)
        }
    }

    /// As Let's Encrypt tells the time.
    @Test func anAuthorityThatHasHadEnoughIsLeftAloneForAsLongAsItSays() async throws {
        try await withSite { site, server, authority, front in
            let end = Date(timeIntervalSince1970: Date.now.timeIntervalSince1970.rounded(.up) + 25)
            let time = end.formatted(.iso8601.dateTimeSeparator(.space)).replacing("Z", with: " UTC")
            try front.limit(detail: "too many certificates (5) already issued, retry after \(time): see x", seconds: 25)
            let first = front.orders.count
            let added = try await site.addDomain(host)
            try await server.set(added.json)
            try await site.check(host)
            let told = try await reason(of: site, contains: "too many certificates (5) already issued")
            #expect(told.hasSuffix("it is ordered after \(end.formatted(.iso8601))"), "\(told)")
            #expect(front.orders.count == first + 1)
            try front.liftLimit()
            // Neither does it help to ask for a check, nor to begin anew.
            for _ in 1...3 { try await site.check(host) }
            #expect(
                try await site.owner.api("DELETE", "/sites/\(site.short)/domains/\(host)").status == 204)
            try await server.set(try await site.addDomain(host).json)
            try await site.check(host)
            try await reason(of: site, contains: "too many certificates (5) already issued")
            try await site.until(host, is: "live", within: .seconds(60))
            let orders = front.orders
            #expect(orders.count == first + 2)
            #expect(try #require(orders.last) >= end.timeIntervalSince1970)
            #expect(try await site.platform.secure(host: host, root: authority.root).text == "page")
        }
    }

    @Test func oneThatSaysNoTimeIsLeftAloneForAnHour() async throws {
        try await withSite { site, server, _, front in
            try front.limit(detail: "service busy", seconds: 3600)
            let orders = front.orders.count
            try await server.set(try await site.addDomain(host).json)
            try await site.check(host)
            let told = try await reason(of: site, contains: "service busy")
            let time = try #require(told.firstMatch(of: /it is ordered after (\S+Z)$/)?.1)
            #expect(try Date(String(time), strategy: .iso8601).timeIntervalSinceNow > 3500)
            #expect(try await site.domain(host)["status"] == .string("waiting for certificate"))
            #expect(front.orders.count == orders + 1)
        }
    }

    @Test func ordersAnHourAreBounded() async throws {
        try await withSite(settings: ["CASTER_ACME_ORDERS_PER_HOUR": "2"]) { site, server, authority, front in
            try await site.settle("first.example.localhost", in: server, is: "live")
            try await server.set(try await site.addDomain(host).json)
            try await site.check(host)
            let told = try await reason(of: site, contains: "2 certificates an hour at most")
            #expect(told.contains("CASTER_ACME_ORDERS_PER_HOUR"))
            #expect(try await site.domain(host)["status"] == .string("waiting for certificate"))
            #expect(front.orders.count == 2)
            // Until then it answers over http.
            #expect(try await site.platform.get(host: host).text == "page")
        }
    }

    /// `kill -9` while the certificate is issued, and on its way; of the platform alone, or of all there is, as in a power
    /// cut.
    @Test(arguments: [false, true])
    func aDeathBetweenOrderAndFile(isPowerCut: Bool) async throws {
        try await withSite { site, server, authority, front in
            let platform = site.platform
            try front.hold()
            let (orders, fetches) = (front.orders.count, front.fetches.count)
            try await server.set(try await site.addDomain(host).json)
            try await site.check(host)
            try await eventually("no certificate is fetched", within: .seconds(60)) { front.fetches.count > fetches }
            try await platform.kill(.serve)
            #expect(try await platform.serial(shownTo: host) == nil)
            let orderFolder = "\(platform.dataFolder)/acme"
            if isPowerCut {
                let clients = Processes.all.filter { $0.words.contains(orderFolder) }
                #expect(clients.count == 1)
                for client in clients { Glibc.kill(client.pid, SIGKILL) }
                // Half files, as if they were being written.
                for path in ["certificates/\(host).pem.1", "acme/certificates/\(host).crt"] {
                    try "-----BEGIN CERTIFICATE-----\nMII".write(
                        toFile: "\(platform.dataFolder)/\(path)", atomically: false, encoding: .utf8)
                }
            }
            try await platform.start()
            if !isPowerCut {
                // What was begun goes on by itself, and nobody begins the same beside it.
                try await reason(of: site, contains: "an earlier order of this certificate is still under way")
                #expect(front.orders.count == orders + 1)
            }
            try front.release()
            try await site.until(host, is: "live", within: .seconds(90))
            #expect(try await platform.secure(host: host, root: authority.root).text == "page")
            #expect(front.orders.count == orders + 2)

            let folder = "\(platform.dataFolder)/certificates"
            let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
            #expect(names == ["_.caster.localhost.pem", "\(host).pem"])
            let keys = try FileManager.default.subpathsOfDirectory(atPath: orderFolder).filter { $0.hasSuffix(".key") }
            #expect(keys.count == 3, "the account's and two")
            for path in names.map({ "\(folder)/\($0)" }) + keys.map({ "\(orderFolder)/\($0)" }) {
                let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions]
                #expect(mode as? Int == 0o600, "\(path)")
            }
        }
    }
}
