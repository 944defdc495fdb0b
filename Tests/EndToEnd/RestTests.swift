import Foundation
import Testing

/// The part of the seed's API reference that the walk from nothing to a live page needs, to the letter.
@Suite(.timeLimit(.minutes(2)))
struct RestTests {
    private static var time: Regex<Substring> { /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/ }

    @Test func registerAndMe() async throws {
        try await withPlatform { platform in
            let reply = try await platform.api(
                "POST", "/auth/register", body: #"{"email": "alice@example.com", "password": "secret123"}"#)
            #expect(reply.status == 201)
            #expect(reply.header("Content-Type")?.hasPrefix("application/json") == true)
            #expect(reply.json.names == ["user", "api_key"])
            let user = try #require(reply.json["user"])
            #expect(user.names == ["id", "email", "created_at"])
            #expect(user["id"] == .number(1))
            #expect(user["email"] == .string("alice@example.com"))
            #expect(user["created_at"]?.string?.wholeMatch(of: Self.time) != nil)

            let key = try #require(reply.json["api_key"]?.string)
            let me = try await platform.api("GET", "/me", key: key)
            #expect(me.status == 200)
            #expect(me.json == .object(["user": user]))
        }
    }

    @Test func registrationsThatAreRefused() async throws {
        try await withPlatform { platform in
            _ = try await platform.api(
                "POST", "/auth/register", body: #"{"email": "alice@example.com", "password": "secret123"}"#)
            let cases: [(body: String, status: Int, word: String)] = [
                (#"{"email": " ALICE@example.com ", "password": "secret123"}"#, 409, "exists already"),
                (#"{"email": "alice", "password": "secret123"}"#, 400, "email"),
                (#"{"email": "bob@example.com", "password": "short"}"#, 400, "password"),
                (#"{"email": "bob@example.com"}"#, 400, "password is missing"),
                (#"{"email": 7, "password": "secret123"}"#, 400, "email must be text"),
                (#"{"email": "#, 400, "not valid JSON"),
                ("", 400, "not valid JSON"),
                ("[]", 400, "must be a JSON object"),
            ]
            for (body, status, word) in cases {
                let reply = try await platform.api("POST", "/auth/register", body: body)
                expectError(reply, status, word)
            }
        }
    }

    @Test func requestsWithoutAValidKey() async throws {
        try await withPlatform { platform in
            let paths = ["/me", "/ssh-keys", "/sites", "/sites/a3f9c2e8", "/sites/a3f9c2e8/deployments"]
            for path in paths {
                let reply = try await platform.api("GET", path)
                expectError(reply, 401, "API key")
                #expect(reply.header("WWW-Authenticate")?.hasPrefix("Bearer") == true)
                expectError(try await platform.api("GET", path, key: "wrong"), 401, "not valid")
            }
            expectError(try await platform.api("POST", "/sites"), 401, "API key")
        }
    }

    @Test func whatIsNotThere() async throws {
        try await withPlatform { platform in
            let account = try await platform.account()
            expectError(try await account.api("GET", "/nothing"), 404, "/api/v1/nothing")
            expectError(try await account.api("GET", "/sites/00000000"), 404, "no such site")
            expectError(try await account.api("GET", "/sites/..%2f..%2fetc"), 404, "")
            expectError(try await account.api("DELETE", "/ssh-keys/99"), 404, "no such SSH key")
            expectError(try await account.api("DELETE", "/ssh-keys/x"), 404, "")
            let site = try await account.createSite()
            expectError(try await account.api("GET", "/sites/\(site.short)/deployments/99"), 404, "no such deployment")
        }
    }

    @Test func aBodyThatIsTooLarge() async throws {
        try await withPlatform(settings: ["CASTER_REQUEST_BYTES": "5000"]) { platform in
            let account = try await platform.account()
            let body = #"{"public_key": "\#(String(repeating: "A", count: 6000))"}"#
            expectError(try await account.api("POST", "/ssh-keys", body: body), 413, "CASTER_REQUEST_BYTES")
        }
    }

    @Test func sites() async throws {
        try await withPlatform { platform in
            let account = try await platform.account()
            #expect(try await account.api("GET", "/sites").json == .array([]))

            let created = try await account.api("POST", "/sites")
            #expect(created.status == 201)
            let site = try #require(created.json["site"])
            #expect(site.names == ["id", "site_id", "user_id", "name", "created_at"])
            let siteID = try #require(site["site_id"]?.string)
            #expect(siteID.wholeMatch(of: /[0-9a-f]{32}/) != nil)
            #expect(site["user_id"] == .number(1))
            #expect(site["name"] == .null)
            let environment = try #require(created.json["environment"])
            #expect(environment.names == ["id", "site_id", "name", "container_state", "created_at"])
            #expect(environment["site_id"] == site["id"])
            #expect(environment["name"] == .string("prod"))
            #expect(environment["container_state"] == .string("stopped"))
            let gitURL = "ssh://git@localhost:\(platform.sshPort)/\(siteID.prefix(8)).git"
            #expect(created.json["git_url"] == .string(gitURL))

            let got = try await account.api("GET", "/sites/\(siteID.prefix(8))")
            #expect(got.status == 200)
            #expect(got.json["site_id"] == .string(siteID))
            #expect(got.json["environment"] == environment)
            let url = try #require(got.json["url"]?.string)
            #expect(try await platform.get(url).text.contains("Nothing deployed yet"))

            let list = try await account.api("GET", "/sites")
            #expect(list.status == 200)
            #expect(list.json == .array([site]))
        }
    }

    @Test func deployments() async throws {
        try await withPlatform { platform in
            let site = try await platform.account().createSite()
            let checkout = try await site.deployed()
            let commit = try await checkout.git("rev-parse", "HEAD").line

            let deployment = try await site.deployment(1)
            #expect(deployment["id"] == .number(1))
            #expect(deployment["commit_sha"] == .string(commit))
            #expect(deployment["image_tag"] == .string("\(site.short)-\(commit.prefix(8))"))
            #expect(deployment["container_port"] == .number(80))
            #expect(deployment["status"] == .string("live"))
            #expect(deployment["created_at"]?.string?.wholeMatch(of: Self.time) != nil)
            #expect(deployment["finished_at"]?.string?.wholeMatch(of: Self.time) != nil)

            #expect(try await site.deployments() == [deployment])
        }
    }

    @Test func anotherAccountsThingsDoNotExist() async throws {
        try await withPlatform { platform in
            let alice = try await platform.account()
            let bob = try await platform.account()
            let site = try await alice.createSite()
            _ = try await site.deployed()
            let nowhere = try await bob.api("GET", "/sites/00000000")
            for path in ["", "/deployments", "/deployments/1"] {
                let reply = try await bob.api("GET", "/sites/\(site.short)\(path)")
                #expect(reply.status == 404)
                #expect(reply.text == nowhere.text)
            }
            // Nor through a site of his own.
            let own = try await bob.createSite()
            expectError(try await bob.api("GET", "/sites/\(own.short)/deployments/1"), 404, "no such deployment")
            expectError(try await bob.api("DELETE", "/ssh-keys/1"), 404, "no such SSH key")
            #expect(try await alice.ssh().succeeded)
        }
    }
}

/// An error as the seed has it: a status and `{"error": "…"}`, which says the word.
func expectError(
    _ reply: Reply, _ status: Int, _ word: String, sourceLocation: SourceLocation = #_sourceLocation
) {
    #expect(reply.status == status, "\(reply.text)", sourceLocation: sourceLocation)
    #expect(reply.json.names == ["error"], "\(reply.text)", sourceLocation: sourceLocation)
    let message = reply.json["error"]?.string ?? ""
    #expect(!message.isEmpty, sourceLocation: sourceLocation)
    if !word.isEmpty { #expect(message.contains(word), "\(message)", sourceLocation: sourceLocation) }
}
