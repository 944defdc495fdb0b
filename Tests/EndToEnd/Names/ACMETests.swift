import Foundation
import Testing

/// `CASTER_TLS=acme`: certificates that come by themselves, from a real authority and by a real DNS.
@Suite(.timeLimit(.minutes(5)))
struct ACMETests {
    @Test func aWildcardForTheSitesAndACertificateForADomain() async throws {
        try await withAuthority { platform, server, authority in
            let site = try await platform.account(addsKey: false).createSite()
            try await site.pastePage("certified")
            try await eventually("no certificate", within: .seconds(60)) {
                try await platform.serial(shownTo: site.host) != nil
            }
            #expect(try await platform.secure(host: site.host, root: authority.root).text == "certified")
            let console = try await platform.secure(
                host: "console.caster.localhost", path: "/sign-in", root: authority.root)
            #expect(console.status == 200)
            // One certificate for all of them.
            #expect(
                try await platform.serial(shownTo: site.host)
                    == platform.serial(shownTo: "console.caster.localhost"))

            let added = try await site.addDomain("www.example.localhost")
            #expect(added.json["url"] == .string("https://www.example.localhost:\(platform.tlsPort)"))
            #expect(try await platform.serial(shownTo: "www.example.localhost") == nil)
            try await server.set(added.json)
            try await site.check("www.example.localhost")
            try await site.until("www.example.localhost", is: "live", within: .seconds(60))
            #expect(try await platform.secure(host: "www.example.localhost", root: authority.root).text == "certified")
            let plain = try await platform.get(host: "www.example.localhost", path: "/x?y")
            #expect(plain.status == 308)
            #expect(plain.header("Location") == "https://www.example.localhost:\(platform.tlsPort)/x?y")
            #expect(try await platform.serial(shownTo: "other.example.localhost") == nil)

            // Nobody else may read a key.
            let folder = "\(platform.dataFolder)/certificates"
            for name in try FileManager.default.contentsOfDirectory(atPath: folder) {
                let mode = try FileManager.default.attributesOfItem(atPath: "\(folder)/\(name)")[.posixPermissions]
                #expect(mode as? Int == 0o600, "\(name)")
            }
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == [
                    "_.caster.localhost.pem", "www.example.localhost.pem",
                ])
            try await eventually("the figures are not told") {
                try await metric("caster_certificates", of: platform) == "2"
            }
            #expect(try await metric("caster_certificates_near_expiry", of: platform) == "0")

            // A file that was lost comes back, without another order.
            let serial = try await platform.serial(shownTo: "www.example.localhost")
            try await platform.stop(.serve)
            try FileManager.default.removeItem(atPath: "\(folder)/www.example.localhost.pem")
            try await platform.start()
            try await eventually("the certificate is not back") {
                try await platform.serial(shownTo: "www.example.localhost") == serial
            }
            #expect(try await site.owner.api("DELETE", "/sites/\(site.short)").status == 204)
            try await eventually("the certificate is still there") {
                try await platform.serial(shownTo: "www.example.localhost") == nil
            }
        }
    }

    @Test func withoutDNSEachHostHasItsOwn() async throws {
        try await withAuthority(writesDNS: false) { platform, _, authority in
            let account = try await platform.account(addsKey: false)
            let site = try await account.createSite()
            try await site.pastePage("by http")
            for host in [site.host, "console.caster.localhost"] {
                try await eventually("no certificate for \(host)", within: .seconds(60)) {
                    try await platform.serial(shownTo: host) != nil
                }
            }
            #expect(try await platform.secure(host: site.host, root: authority.root).text == "by http")
            #expect(try await platform.get(host: site.host).status == 308)
            #expect(try await account.rename(site.short, to: "my-project").status == 200)
            try await eventually("no certificate for the name", within: .seconds(60)) {
                try await platform.serial(shownTo: "my-project.caster.localhost") != nil
            }
            #expect(
                try await platform.secure(host: "my-project.caster.localhost", root: authority.root).text == "by http")
        }
    }

    /// A minute of life: the next one comes before the end, and every handshake meanwhile succeeds: clients make
    /// full ones without pause.
    @Test func aCertificateIsRenewedInTime() async throws {
        try await withAuthority(lifetime: 60) { platform, _, authority in
            let host = "console.caster.localhost"
            let first = try await eventually("no certificate", within: .seconds(60)) {
                try await platform.serial(shownTo: host)
            }
            let nginx = platform.nginxPID
            let clients = try Handshakes(of: host, on: platform, trusting: authority.root)
            let second = try await eventually("no other certificate", within: .seconds(70)) {
                let shown = try await platform.serial(shownTo: host)
                return shown == first ? nil : shown
            }
            let sums = try await clients.end()
            #expect(sums.failures.isEmpty, "\(sums.failures.prefix(3)) of \(sums.failures.count)")
            #expect(sums.handshakes > 1000)
            #expect(sums.serials.map { "serial=\($0)" } == [first, second])
            #expect(platform.nginxPID == nginx)
            #expect(try await metric("caster_certificates_near_expiry", of: platform) == "0")
            // Without an authority it comes near its end, and the operator is told.
            try await authority.stop()
            try await eventually("no alarm", within: .seconds(80)) {
                try await metric("caster_certificates_near_expiry", of: platform) == "1"
            }
            try await eventually("no line in the log") { platform.log.contains("a certificate is near its end") }
        }
    }

    private func metric(_ name: String, of platform: Platform) async throws -> String? {
        try await platform.get(host: "localhost", path: "/metrics").text.split(separator: "\n")
            .first { $0.hasPrefix("\(name) ") }.map { String($0.dropFirst(name.count + 1)) }
    }

    @Test func aRefusalIsToldAndARenewedRequestHelps() async throws {
        try await withAuthority(refused: ["www.example.localhost"]) { platform, server, authority in
            let site = try await platform.account(addsKey: false).createSite()
            try await site.pastePage("page")
            let added = try await site.addDomain("www.example.localhost")
            try await server.set(added.json)
            try await site.check("www.example.localhost")
            let refused = try await eventually("the owner is not told", within: .seconds(60)) {
                let domain = try await site.domain("www.example.localhost")
                return domain["reason"]?.string?.hasPrefix("the certificate authority gives none") == true
                    ? domain : nil
            }
            #expect(refused["reason"]?.string?.contains("rejectedIdentifier") == true, "\(refused)")
            #expect(refused["status"] == .string("waiting for certificate"))
            // Until there is one, it answers over http, and shows no certificate.
            #expect(try await platform.get(host: "www.example.localhost").text == "page")
            #expect(try await platform.serial(shownTo: "www.example.localhost") == nil)
            // Other names are not held up.
            try await site.settle("other.example.localhost", in: server, is: "live")
            #expect(try await platform.secure(host: "other.example.localhost", root: authority.root).text == "page")
        }
    }

    @Test func anAuthorityThatIsDownIsAskedAgain() async throws {
        try await withAuthority { platform, server, authority in
            try await eventually("no certificate", within: .seconds(60)) {
                try await platform.serial(shownTo: "console.caster.localhost") != nil
            }
            let site = try await platform.account(addsKey: false).createSite()
            try await site.pastePage("page")
            try await authority.stop()
            let added = try await site.addDomain("www.example.localhost")
            try await server.set(added.json)
            try await site.check("www.example.localhost")
            try await eventually("the owner is not told", within: .seconds(60)) {
                try await site.domain("www.example.localhost")["reason"]?.string?.contains("certificate authority")
                    == true
            }
            try await authority.start()
            // A new Pebble knows no accounts: what is tested is that the order is made again, and by itself.
            try FileManager.default.removeItem(atPath: "\(platform.dataFolder)/acme/accounts")
            try await site.check("www.example.localhost")
            try await site.until("www.example.localhost", is: "live", within: .seconds(60))
            #expect(try await platform.secure(host: "www.example.localhost", root: authority.root).text == "page")
        }
    }
}
