import Foundation
import Testing

/// Custom domains, here without TLS: from the request to the page.
@Suite(.timeLimit(.minutes(3)))
struct DomainTests {
    private func withServers(
        _ settings: [String: String] = [:], _ body: (Platform, NameServer) async throws -> Void
    ) async throws {
        try await withNameServer { server in
            try await withPlatform(settings: server.settings.merging(settings) { $1 }) { platform in
                try await body(platform, server)
            }
        }
    }

    @Test func fromTheRequestToThePage() async throws {
        try await withServers { platform, server in
            let site = try await platform.account(addsKey: false).createSite()
            try await site.pastePage("mine")
            let added = try await site.addDomain("www.Example.localhost")
            #expect(added.status == 201)
            #expect(
                added.json.names == ["domain", "status", "reason", "primary", "url", "records", "created_at"])
            #expect(added.json["domain"] == .string("www.example.localhost"))
            #expect(added.json["status"] == .string("waiting for DNS"))
            #expect(added.json["url"] == .string("http://www.example.localhost:\(platform.edgePort)"))
            let records = try #require(added.json["records"]?.array)
            #expect(records.map { $0["type"] } == [.string("TXT"), .string("CNAME")])
            #expect(records[1]["value"] == .string(site.host))
            #expect(try await platform.get(host: "www.example.localhost").status == 404)
            try await eventually("the owner is not told what is missing") {
                try await site.domain("www.example.localhost")["reason"]?.string?.contains(
                    "no TXT record at _caster.www.example.localhost yet") == true
            }
            // The record that leads here alone proves nothing.
            try await server.update("add www.example.localhost. 60 CNAME \(site.host).")
            try await site.check("www.example.localhost")
            #expect(try await platform.get(host: "www.example.localhost").status == 404)
            try await server.set(added.json)
            try await site.check("www.example.localhost")
            let live = try await site.until("www.example.localhost", is: "live")
            #expect(live["reason"] == .null)
            #expect(try await platform.get(host: "www.example.localhost").text == "mine")
            try await site.pastePage("newer")
            #expect(try await platform.get(host: "www.example.localhost").text == "newer")
            #expect(try await site.owner.api("GET", "/sites/\(site.short)/domains").json.array == [live])

            try await platform.stop(.serve)
            try await platform.start()
            #expect(try await platform.get(host: "www.example.localhost").text == "newer")
            let deleted = try await site.owner.api("DELETE", "/sites/\(site.short)/domains/www.example.localhost")
            #expect(deleted.status == 204)
            #expect(try await platform.get(host: "www.example.localhost").status == 404)
            #expect(try await site.owner.api("GET", "/sites/\(site.short)/domains").json == .array([]))
        }
    }

    @Test func throughTheConsole() async throws {
        try await withServers { platform, server in
            let tab = BrowserTab(platform)
            let key = try await tab.signUp("alice@example.com")
            let made = try await platform.api("POST", "/sites", key: key).json["site"]?["site_id"]?.string
            let short = try #require(made).prefix(8)
            #expect(try await tab.get("/sites/\(short)").text.contains(#"href="/sites/\#(short)/domains""#))
            let page = "/sites/\(short)/domains"
            let refused = try await tab.post(page, ["domain": "no domain"], from: page)
            #expect(refused.status == 400)
            #expect(refused.text.contains(#"value="no domain""#))
            let name = "www.example.localhost"
            #expect(try await tab.post(page, ["domain": name], from: page).status == 303)
            let waiting = try await tab.get(page).text
            for words in ["waiting for DNS", "<code>_caster.\(name)</code>", "<code>\(short).caster.localhost</code>"] {
                #expect(waiting.contains(words), "\(words)")
            }
            let stranger = BrowserTab(platform)
            _ = try await stranger.signUp("eve@example.com")
            #expect(try await stranger.get(page).status == 404)
            #expect(try await stranger.post("\(page)/\(name)/delete", [:], from: "/sites").status == 404)

            try await server.set(try await platform.api("GET", "/sites/\(short)/domains/\(name)", key: key).json)
            #expect(try await tab.post("\(page)/\(name)/check", [:], from: page).status == 303)
            try await eventually("it does not go live") {
                try await tab.get(page).text.contains("It is <strong>live</strong>")
            }
            #expect(try await tab.post("\(page)/\(name)/primary", ["primary": "true"], from: page).status == 303)
            #expect(try await tab.get(page).text.contains("the one to which the others lead"))
            #expect(try await tab.post("\(page)/\(name)/delete", [:], from: page).status == 303)
            #expect(try await !tab.get(page).text.contains(name))
        }
    }

    @Test func aDomainThatLeadsElsewhereWaits() async throws {
        try await withServers { platform, server in
            let site = try await platform.account(addsKey: false).createSite()
            let added = try await site.addDomain("example.localhost")
            // At the top of a zone, addresses.
            #expect(added.json["records"]?.array?.map { $0["type"] } == [.string("TXT"), .string("A")])
            try await server.set(added.json)
            try await server.update("add example.localhost. 60 A 192.0.2.9")
            try await site.check("example.localhost")
            try await eventually("the owner is not told") {
                try await site.domain("example.localhost")["reason"]
                    == .string(
                        "example.localhost leads somewhere else than to this platform")
            }
            try await server.update("delete example.localhost. A 192.0.2.9")
            try await site.check("example.localhost")
            try await site.until("example.localhost", is: "live")
        }
    }

    @Test func theRulesOfNames() async throws {
        try await withServers(["CASTER_DOMAINS_PER_SITE": "2"]) { platform, _ in
            let site = try await platform.account(addsKey: false).createSite()
            for name in [
                "", "example", "a..b", "-a.example.localhost", "a b.example.localhost", "192.0.2.1",
                "*.example.localhost",
                "a_b.example.localhost", "../../etc.test", "www.example.localhost/x", "caster.localhost",
                "x.caster.localhost",
                "console.caster.localhost", "\(site.short).caster.localhost", "x.test\u{0}y",
                String(repeating: "a.", count: 200) + "test",
            ] {
                expectError(try await site.addDomain(name), 400, "")
            }
            for body in ["{}", #"{"domain": null}"#, #"{"domain": 7}"#] {
                expectError(try await site.owner.api("POST", "/sites/\(site.short)/domains", body: body), 400, "")
            }
            #expect(try await site.addDomain("a.example.localhost.").json["domain"] == .string("a.example.localhost"))
            expectError(try await site.addDomain("A.example.localhost"), 409, "already")
            #expect(try await site.addDomain("b.example.localhost").status == 201)
            expectError(try await site.addDomain("c.example.localhost"), 413, "CASTER_DOMAINS_PER_SITE")
            expectError(
                try await site.owner.api("GET", "/sites/\(site.short)/domains/other.example.localhost"), 404,
                "no such domain")
        }
    }

    @Test func namesAsPeopleWriteThem() async throws {
        try await withServers { platform, server in
            let site = try await platform.account(addsKey: false).createSite()
            try await site.pastePage("servus")
            let added = try await site.addDomain("www.München.localhost")
            #expect(added.json["domain"] == .string("www.münchen.localhost"))
            #expect(added.json["records"]?.array?.first?["name"] == .string("_caster.www.xn--mnchen-3ya.localhost"))
            #expect(added.json["url"] == .string("http://www.xn--mnchen-3ya.localhost:\(platform.edgePort)"))
            expectError(try await site.addDomain("www.xn--mnchen-3ya.localhost"), 409, "already")
            try await server.set(added.json)
            try await site.check("www.m%C3%BCnchen.localhost")
            try await site.until("www.xn--mnchen-3ya.localhost", is: "live")
            #expect(try await platform.get(host: "www.xn--mnchen-3ya.localhost").text == "servus")
        }
    }

    /// Whoever controls the DNS has it, and only one site at a time.
    @Test func aDomainWantedByTwo() async throws {
        try await withServers { platform, server in
            let hers = try await platform.account(addsKey: false).createSite()
            let his = try await platform.account(addsKey: false).createSite()
            try await hers.pastePage("hers")
            try await his.pastePage("his")
            try await hers.settle("www.example.localhost", in: server, is: "live")
            let wanted = try await his.addDomain("www.example.localhost")
            #expect(wanted.status == 201)
            let mark = try #require(wanted.json["records"]?.array?.first?["value"]?.string)
            let herMark = try #require(
                try await hers.domain("www.example.localhost")["records"]?.array?.first?["value"]?.string)
            #expect(mark != herMark)
            expectError(
                try await his.owner.api("DELETE", "/sites/\(hers.short)/domains/www.example.localhost"), 404,
                "no such site")

            // Both proofs: it stays where it is.
            try await server.update("add _caster.www.example.localhost. 60 TXT \"\(mark)\"")
            try await his.check("www.example.localhost")
            try await eventually("he is not told") {
                try await his.domain("www.example.localhost")["reason"]?.string?.hasPrefix("another site answers")
                    == true
            }
            #expect(try await platform.get(host: "www.example.localhost").text == "hers")

            try await server.update("delete _caster.www.example.localhost. TXT \"\(herMark)\"")
            try await his.check("www.example.localhost")
            try await his.until("www.example.localhost", is: "live")
            #expect(try await platform.get(host: "www.example.localhost").text == "his")
            let lost = try await hers.domain("www.example.localhost")
            #expect(lost["status"] == .string("failed"))
            #expect(lost["reason"]?.string?.hasPrefix("another site has proven") == true)
            // What she lost she cannot take away.
            #expect(
                try await hers.owner.api("DELETE", "/sites/\(hers.short)/domains/www.example.localhost").status == 204)
            #expect(try await platform.get(host: "www.example.localhost").text == "his")
            // A deleted site's domain is nobody's.
            #expect(try await his.owner.api("DELETE", "/sites/\(his.short)").status == 204)
            #expect(try await platform.get(host: "www.example.localhost").status == 404)
        }
    }

    @Test func theOthersLeadToThePrimaryOne() async throws {
        try await withServers { platform, server in
            let site = try await platform.account(addsKey: false).createSite()
            try await site.pastePage("one page")
            try await site.settle("example.localhost", in: server, is: "live")
            try await site.settle("www.example.localhost", in: server, is: "live")
            let path = "/sites/\(site.short)/domains/www.example.localhost"
            let changed = try await site.owner.api("PATCH", path, body: #"{"primary": true}"#)
            #expect(changed.json["primary"] == .bool(true))
            let lead = try await platform.get(host: "example.localhost", path: "/a?b=c")
            #expect(lead.status == 308)
            #expect(lead.header("Location") == "http://www.example.localhost:\(platform.edgePort)/a?b=c")
            #expect(try await platform.get(host: "www.example.localhost").text == "one page")
            #expect(try await site.get().text == "one page")
            // Another one, none, and one that goes.
            let other = "/sites/\(site.short)/domains/example.localhost"
            #expect(try await site.owner.api("PATCH", other, body: #"{"primary": true}"#).status == 200)
            #expect(try await site.domain("www.example.localhost")["primary"] == .bool(false))
            #expect(try await platform.get(host: "www.example.localhost").status == 308)
            #expect(try await platform.get(host: "example.localhost").text == "one page")
            #expect(try await site.owner.api("PATCH", other, body: #"{"primary": false}"#).status == 200)
            #expect(try await platform.get(host: "www.example.localhost").text == "one page")
            #expect(try await site.owner.api("PATCH", path, body: #"{"primary": true}"#).status == 200)
            #expect(try await site.owner.api("DELETE", path).status == 204)
            #expect(try await platform.get(host: "example.localhost").text == "one page")
            #expect(try await platform.get(host: "www.example.localhost").status == 404)
        }
    }

    /// Sites below a domain of their own.
    @Test func sitesApartFromTheConsole() async throws {
        try await withPlatform(settings: ["CASTER_SITES_DOMAIN": "sites.test"]) { platform in
            let account = try await platform.account(addsKey: false)
            let created = try await account.api("POST", "/sites")
            let site = try account.site(created.json["site"])
            #expect(created.json["url"] == .string("http://\(site.short).sites.test:\(platform.edgePort)"))
            try await site.pastePage("apart")
            #expect(try await platform.get(host: "\(site.short).sites.test").text == "apart")
            #expect(try await platform.get(host: "\(site.short).caster.localhost").status == 404)
            #expect(try await account.rename(site.short, to: "my-project").status == 200)
            #expect(try await platform.get(host: "my-project.sites.test").text == "apart")
            #expect(try await platform.get(host: "console.caster.localhost", path: "/api/v1/me").status == 401)
            #expect(try await platform.get(host: "console.sites.test", path: "/api/v1/me").status == 404)
            for name in ["x.sites.test", "x.caster.localhost"] {
                expectError(try await site.addDomain(name), 400, "own")
            }
            try await platform.stop(.serve)
            try await platform.start()
            #expect(try await platform.get(host: "my-project.sites.test").text == "apart")
            #expect(try await account.api("DELETE", "/sites/my-project").status == 204)
            #expect(try await platform.get(host: "my-project.sites.test").status == 404)
        }
    }
}
