import Foundation
import Testing

/// `POST /deploy`: a site and its content in one step, with or without an account.
@Suite(.timeLimit(.minutes(2)))
struct OneShotTests {
    @Test func withAnAccount() async throws {
        try await withPlatform { platform in
            let account = try await platform.account()
            let reply = try await account.api(
                "POST", "/deploy",
                body: """
                    {"files": [
                        {"name": "index.html", "content": "<h1>Hello</h1>"},
                        {"name": "style.css", "content": "body { color: #333; }"}
                    ]}
                    """)
            #expect(reply.status == 202)
            #expect(reply.json.names == ["site", "deployment_id", "url", "status"])
            #expect(reply.json["status"] == .string("accepted"))
            let site = try account.site(reply.json["site"])
            #expect(reply.json["url"] == .string(site.url))
            let got = try await account.api("GET", "/sites/\(site.short)")
            #expect(reply.json["site"]?["user_id"] == got.json["user_id"])
            try await site.untilLive(reply)
            #expect(try await site.get("/style.css").text == "body { color: #333; }")
            #expect(try await site.deployments()[0]["source"] == .string("one-shot"))

            // To a site that is there, by short ID and by name.
            #expect(try await account.rename(site.short, to: "my-project").status == 200)
            for (identifier, text) in [(site.short, "two"), ("my-project", "three")] {
                let again = try await account.deployOnce(text, to: identifier)
                #expect(again.json["site"]?["site_id"] == .string(site.siteID))
                #expect(again.json["url"] == .string("http://my-project.caster.localhost:\(platform.edgePort)"))
                try await site.untilLive(again)
                #expect(try await site.get().text == text)
            }
            #expect(try await account.api("GET", "/sites").json.array?.count == 1)
        }
    }

    @Test func whatIsRefusedLeavesNoSite() async throws {
        try await withPlatform { platform in
            let alice = try await platform.account()
            let bob = try await platform.account(addsKey: false)
            let site = try await alice.createSite()
            try await site.pastePage("hers")

            expectError(try await bob.deployOnce("his", to: site.short), 404, "no such site")
            expectError(try await bob.deployOnce("his", to: "no-such-site"), 404, "no such site")
            let body = try FilesRequest.page("x")
            // A wrong key is never taken for none.
            for key in ["wrong", String(repeating: "0", count: 64), ""] {
                expectError(try await platform.api("POST", "/deploy", key: key, body: body), 401, "")
            }
            let basic = try await platform.curl(["--user", "a:b", "--data", body], "/deploy")
            expectError(basic, 401, "Bearer")
            let named = try await platform.api("POST", "/deploy", body: FilesRequest.page("x", site: site.short))
            expectError(named, 401, "API key")
            // `git~1` is only found when the commit is made.
            for name in ["../x", "git~1/x", ""] {
                let refused = try FilesRequest([PastedFile(name, "x")]).text
                expectError(try await bob.api("POST", "/deploy", body: refused), 400, "")
                expectError(try await platform.api("POST", "/deploy", body: refused), 400, "")
            }
            #expect(try await bob.api("GET", "/sites").json == .array([]))
            #expect(try await site.get().text == "hers")
            try await eventually("something was left of refused deploys") {
                try FileManager.default.contentsOfDirectory(atPath: "\(platform.dataFolder)/repos") == [
                    "\(site.siteID).git"
                ]
            }
            // They did not count either.
            for number in 1...3 { #expect(try await platform.deployAnonymously("\(number)").status == 202) }
        }
    }

    @Test func withoutAnAccount() async throws {
        try await withPlatform { platform in
            let replies = [
                try await platform.deployAnonymously("<h1>Hello</h1>"),
                try await platform.deployAnonymously("two", ["--header", "X-Forwarded-For: 203.0.113.1"]),
                try await platform.deployAnonymously("three", ["--header", "Forwarded: for=203.0.113.2"]),
            ]
            for reply in replies {
                #expect(reply.status == 202)
                #expect(reply.json.names == ["site", "deployment_id", "url", "status", "claim_token"])
                #expect(reply.json["site"]?["user_id"] == .null)
                #expect(reply.json["site"]?["name"] == .null)
                let token = try #require(reply.json["claim_token"]?.string)
                #expect(token.wholeMatch(of: /[0-9a-f]{64}/) != nil)
            }
            #expect(Set(replies.map { $0.json["claim_token"]?.string }).count == 3)
            let url = try #require(replies[0].json["url"]?.string)
            try await eventually("not served") { try await platform.get(url).text == "<h1>Hello</h1>" }

            for header in [
                "X-Forwarded-For: 203.0.113.9", "X-Real-IP: 203.0.113.9", "Forwarded: for=203.0.113.9", "X: y",
            ] {
                let fourth = try await platform.deployAnonymously("four", ["--header", header])
                expectError(fourth, 429, "3 deploys an hour")
                let wait = try #require(fourth.header("Retry-After").flatMap { Int($0) })
                #expect((3400...3600).contains(wait))
            }
            // Nobody can list, see or change such a site through the API; nor is the account of anybody limited.
            let account = try await platform.account(addsKey: false)
            let short = try #require(replies[0].json["site"]?["site_id"]?.string).prefix(8)
            #expect(try await account.api("GET", "/sites/\(short)").status == 404)
            #expect(try await account.deployOnce("five", to: String(short)).status == 404)
            #expect(try await account.deployOnce("five").status == 202)
        }
    }

    @Test func fiveAtOnceFromOneAddress() async throws {
        try await withPlatform { platform in
            let body = Data(try FilesRequest.page("x").utf8)
            let programs = try (0..<5).map { _ in
                try platform.beginCurl(["--data-binary", "@-"], "/deploy", input: body)
            }
            var statuses: [Int] = []
            for program in programs { statuses.append(try await program.reply().status) }
            #expect(statuses.sorted() == [202, 202, 202, 429, 429])
        }
    }
}
