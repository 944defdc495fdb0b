import Foundation
import Testing

/// `PATCH /sites/{identifier}`: a site's own name.
@Suite(.timeLimit(.minutes(2)))
struct NamesTests {
    @Test func theRules() async throws {
        try await withPlatform { platform in
            let site = try await platform.account(addsKey: false).createSite()
            let refused = [
                "", "a", "1234567", String(repeating: "a", count: 64), "My-Project", "my project", "my_project",
                "my.project",
                "-my-project", "my-project-", "--------", "münchen-1", "my-project\n", " my-project", "my-project ",
                "deadbeef",
                "01234567", "xn--nxasmq6b", "ab--cdefgh", "api", "app", "git", "www", "mail", "admin", "console",
                "../../etc",
                "my/project", "*.example", "$(reboot)x", "my-proj\u{0}ct",
            ]
            for name in refused {
                let reply = try await site.owner.rename(site.short, to: name)
                #expect(reply.status == 400, "\(name.debugDescription): \(reply.status)")
                expectError(reply, 400, "")
            }
            for body in ["{}", #"{"name": null}"#, #"{"name": 7}"#, ""] {
                expectError(try await site.owner.api("PATCH", "/sites/\(site.short)", body: body), 400, "")
            }
            #expect(try await site.owner.api("GET", "/sites/\(site.short)").json["name"] == .null)

            var identifier = site.short
            let fine = [
                "my-project", "abcdefgh", "deadbeef0", "a-b----c", "abc--def",
                String(repeating: "z", count: 63), "console1", "my-admin",
            ]
            for name in fine {
                let reply = try await site.owner.rename(identifier, to: name)
                #expect(reply.status == 200, "\(name): \(reply.text)")
                #expect(reply.json["name"] == .string(name))
                #expect(reply.json.names == ["id", "site_id", "user_id", "name", "created_at"])
                identifier = name
            }
            // To its own name again: fine, and it still answers.
            #expect(try await site.owner.rename(identifier, to: identifier).status == 200)
            #expect(try await platform.get(host: "my-admin.caster.localhost").text.contains("Nothing deployed yet"))
        }
    }

    @Test func aRenamedSiteAnswersAtOnceAtItsNewName() async throws {
        try await withPlatform { platform in
            let account = try await platform.account()
            let site = try await account.createSite()
            try await site.pastePage("named")
            #expect(try await account.rename(site.short, to: "old-name").status == 200)
            #expect(try await platform.get(host: "old-name.caster.localhost").text == "named")
            #expect(try await account.rename("old-name", to: "new-name").status == 200)

            #expect(try await platform.get(host: "new-name.caster.localhost").text == "named")
            #expect(try await site.get().text == "named")
            let old = try await platform.get(host: "old-name.caster.localhost")
            #expect(old.status == 404)
            #expect(old.text.contains("No site here"))
            #expect(try await account.api("GET", "/sites/old-name").status == 404)
            let got = try await account.api("GET", "/sites/new-name")
            #expect(got.json["site_id"] == .string(site.siteID))
            #expect(got.json["url"] == .string("http://new-name.caster.localhost:\(platform.edgePort)"))

            // Deploys show at both, through every door.
            #expect(
                try await account.api("POST", "/sites/new-name/paste", body: FilesRequest.page("two")).status == 202)
            try await eventually("not live at its name") {
                try await platform.get(host: "new-name.caster.localhost").text == "two"
            }
            let checkout = try await site.checkout()
            try await checkout.commit(["index.html": "pushed by name"])
            let url = "ssh://git@localhost:\(platform.sshPort)/new-name.git"
            let push = try await checkout.push("--force", url, "main")
            #expect(push.text.contains("http://new-name.caster.localhost:\(platform.edgePort)"), "\(push.text)")
            #expect(try await platform.get(host: "new-name.caster.localhost").text == "pushed by name")
            #expect(try await site.get().text == "pushed by name")
            #expect(try await checkout.push(url.replacing("new-", with: "old-"), "main").status != 0)

            try await platform.stop(.serve)
            try await platform.start()
            #expect(try await platform.get(host: "new-name.caster.localhost").text == "pushed by name")
            #expect(try await platform.get(host: "old-name.caster.localhost").status == 404)
        }
    }

    @Test func aNameBelongsToOneSite() async throws {
        try await withPlatform { platform in
            let alice = try await platform.account(addsKey: false)
            let bob = try await platform.account(addsKey: false)
            let (first, second) = (try await alice.createSite(), try await alice.createSite())
            let his = try await bob.createSite()
            try await first.pastePage("first")
            try await second.pastePage("second")
            #expect(try await alice.rename(first.short, to: "my-project").status == 200)
            for (account, site) in [(alice, second), (bob, his)] {
                expectError(try await account.rename(site.short, to: "my-project"), 409, "taken")
            }
            // Given up: kept from others, not from its last owner.
            #expect(try await alice.rename(first.short, to: "other-name").status == 200)
            expectError(try await bob.rename(his.short, to: "my-project"), 409, "kept for its owner")
            #expect(try await alice.rename(second.short, to: "my-project").status == 200)
            #expect(try await platform.get(host: "my-project.caster.localhost").text == "second")
            // The same for a deletion.
            #expect(try await alice.api("DELETE", "/sites/my-project").status == 204)
            expectError(try await bob.rename(his.short, to: "my-project"), 409, "kept for its owner")
            #expect(try await alice.rename(first.short, to: "my-project").status == 200)
            #expect(try await platform.get(host: "my-project.caster.localhost").text == "first")
        }
    }

    @Test func renamesAtOnce() async throws {
        try await withPlatform { platform in
            let account = try await platform.account(addsKey: false)
            let site = try await account.createSite()
            try await site.pastePage("page")
            let names = (1...6).map { "name-no-\($0)" }
            let programs = try names.map { name in
                try platform.beginCurl(
                    ["--request", "PATCH", "--data", #"{"name": "\#(name)"}"#], "/sites/\(site.short)",
                    key: account.apiKey)
            }
            for program in programs { #expect(try await program.reply().status == 200) }
            let final = try await account.api("GET", "/sites/\(site.short)").json["name"]?.string
            for name in names {
                let status = try await platform.get(host: "\(name).caster.localhost").status
                #expect(status == (name == final ? 200 : 404), "\(name), which is called \(final ?? "nothing")")
            }
            // Two sites that want one name: exactly one gets it.
            let other = try await account.createSite()
            let race = try [site, other].map { site in
                try platform.beginCurl(
                    ["--request", "PATCH", "--data", #"{"name": "wanted-by-two"}"#], "/sites/\(site.short)",
                    key: account.apiKey)
            }
            var statuses: [Int] = []
            for program in race { statuses.append(try await program.reply().status) }
            #expect(statuses.sorted() == [200, 409])
        }
    }
}
