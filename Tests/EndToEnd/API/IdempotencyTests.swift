import Foundation
import Testing

/// `Idempotency-Key`: a POST that is sent again is not carried out again.
@Suite(.timeLimit(.minutes(2)))
struct IdempotencyTests {
    private func post(_ path: String, _ body: String, key: String, as account: Account) async throws -> Reply {
        try await account.curl(["--header", "Idempotency-Key: \(key)", "--data-binary", body], path)
    }

    @Test func everyPostThatCreates() async throws {
        try await withPlatform { platform in
            let account = try await platform.account(addsKey: false)
            let site = try await account.createSite()
            let line = try String(contentsOfFile: "\(account.sshKey).pub", encoding: .utf8)
                .trimmingCharacters(in: .newlines)
            let page = try FilesRequest.page("once")
            let posts = [
                ("/sites", "{}"), ("/api-keys", #"{"name": "x"}"#), ("/ssh-keys", #"{"public_key": "\#(line)"}"#),
                ("/sites/\(site.short)/paste", page), ("/deploy", page),
            ]
            for (number, (path, body)) in posts.enumerated() {
                let key = "key-\(number)"
                let first = try await post(path, body, key: key, as: account)
                #expect(first.status == 201 || first.status == 202, "\(path): \(first.text)")
                #expect(first.header("Idempotent-Replayed") == nil)
                for _ in 0..<2 {
                    let again = try await post(path, body, key: key, as: account)
                    #expect(again.status == first.status)
                    #expect(again.text == first.text, "\(path)")
                    #expect(again.header("Idempotent-Replayed") == "true")
                }
                expectError(try await post(path, body + " ", key: key, as: account), 409, "another request")
            }
            // The same key for another path is another request too.
            expectError(try await post("/deploy", "{}", key: "key-0", as: account), 409, "another request")
            #expect(try await account.api("GET", "/sites").json.array?.count == 3)
            #expect(try await account.api("GET", "/api-keys").json.array?.count == 2)
            #expect(try await account.api("GET", "/ssh-keys").json.array?.count == 1)
            #expect(try await site.deployments().count == 1)
        }
    }

    /// Whoever lost the answer gets the same API key, and nobody is registered twice.
    @Test func aRegistration() async throws {
        try await withPlatform { platform in
            func register(_ body: String, key: String = "mine") async throws -> Reply {
                try await platform.curl(["--header", "Idempotency-Key: \(key)", "--data", body], "/auth/register")
            }
            let body = #"{"email": "alice@example.com", "password": "secret123"}"#
            let first = try await register(body)
            #expect(first.status == 201)
            #expect(first.header("Idempotent-Replayed") == nil)
            for _ in 0..<2 {
                let again = try await register(body)
                #expect(again.status == 201)
                #expect(again.text == first.text)
                #expect(again.header("Idempotent-Replayed") == "true")
            }
            let bob = body.replacing("alice", with: "bob")
            expectError(try await register(bob), 409, "another request")
            expectError(try await register(body, key: "other"), 409, "exists already")
            #expect(try await platform.api("POST", "/auth/login", body: bob).status == 401)
            let apiKey = try #require(first.json["api_key"]?.string)
            #expect(try await platform.api("GET", "/api-keys", key: apiKey).json.array?.count == 1)
        }
    }

    /// Sent again late, it does not undo what was deployed since.
    @Test func aRollback() async throws {
        try await withPlatform { platform in
            let site = try await platform.account(addsKey: false).createSite()
            let (one, two) = (try await site.pastePage("one"), try await site.pastePage("two"))
            func rollBack(to id: Int, _ body: String = "{}") async throws -> Reply {
                try await post("/sites/\(site.short)/deployments/\(id)/rollback", body, key: "back", as: site.owner)
            }
            let first = try await rollBack(to: one)
            try await site.untilLive(first)
            #expect(try await site.get().text == "one")
            try await site.pastePage("three")
            let again = try await rollBack(to: one)
            #expect(again.status == 202)
            #expect(again.text == first.text)
            #expect(again.header("Idempotent-Replayed") == "true")
            expectError(try await rollBack(to: one, "{ }"), 409, "another request")
            expectError(try await rollBack(to: two), 409, "another request")
            #expect(try await site.deployments().count == 4)
            #expect(try await site.get().text == "three")
        }
    }

    @Test func anUpload() async throws {
        try await withPlatform { platform in
            let site = try await platform.account().createSite()
            let archives = try await platform.archives()
            let key = ["--header", "Idempotency-Key: upload"]
            let first = try await site.upload("\(archives)/plain.zip", key)
            #expect(first.status == 202)
            // Another boundary each time, and the same file.
            #expect(try await site.upload("\(archives)/plain.zip", key).text == first.text)
            expectError(try await site.upload("\(archives)/plain.tar", key), 409, "another request")
            #expect(try await site.deployments().count == 1)
        }
    }

    @Test func whoseKeyItIs() async throws {
        try await withPlatform { platform in
            let alice = try await platform.account(addsKey: false)
            let bob = try await platform.account(addsKey: false)
            let hers = try await post("/sites", "{}", key: "same", as: alice)
            let his = try await post("/sites", "{}", key: "same", as: bob)
            #expect(his.status == 201)
            #expect(hers.json["site"]?["site_id"] != his.json["site"]?["site_id"])
            // Without an account.
            let page = try FilesRequest.page("x")
            let options = ["--header", "Idempotency-Key: same", "--data", page]
            let first = try await platform.curl(options, "/deploy")
            #expect(first.json["claim_token"]?.string != nil)
            for _ in 0..<4 { #expect(try await platform.curl(options, "/deploy").text == first.text) }
            // The answer, which has a secret in it, is not in the store as it was sent.
            let token = try #require(first.json["claim_token"]?.string)
            #expect(try await run(["grep", "-rlaF", token, platform.dataFolder]).text.isEmpty)
        }
    }

    @Test func severalAtOnce() async throws {
        try await withPlatform { platform in
            let account = try await platform.account(addsKey: false)
            for round in 1...5 {
                let programs = try (0..<4).map { _ in
                    try platform.beginCurl(
                        ["--header", "Idempotency-Key: round-\(round)", "--data", "{}"], "/sites", key: account.apiKey)
                }
                var replies: [Reply] = []
                for program in programs { replies.append(try await program.reply()) }
                #expect(replies.allSatisfy { $0.status == 201 || $0.status == 409 })
                #expect(Set(replies.filter { $0.status == 201 }.map(\.text)).count == 1)
                #expect(try await account.api("GET", "/sites").json.array?.count == round)
            }
        }
    }

    /// What the key is for: the answer was lost, and the client asks again.
    @Test func aRetryAfterACrash() async throws {
        try await withPlatform(roles: .apart) { platform in
            let account = try await platform.account(addsKey: false)
            for (round, delay) in [0, 10, 15, 20, 30].enumerated() {
                let options = ["--header", "Idempotency-Key: crash-\(round)", "--data", "{}"]
                let first = try platform.beginCurl(options, "/sites", key: account.apiKey)
                // curl takes some 10 ms to start.
                try await Task.sleep(for: .milliseconds(delay))
                try await platform.kill(.http)
                let answer = try? await first.reply()
                try platform.start(.http)
                try await platform.waitUntilReady()

                let second = try await account.curl(options, "/sites")
                if let answer, answer.status == 201 {
                    #expect(second.text == answer.text)
                } else if second.status != 201 {
                    // It had taken effect when the server died, and its answer is gone.
                    expectError(second, 409, "took effect")
                }
                #expect(try await account.curl(options, "/sites").text == second.text)
                #expect(try await account.api("GET", "/sites").json.array?.count == round + 1)
            }
        }
    }

    @Test func whatFailedMayBeTriedAgain() async throws {
        try await withPlatform { platform in
            let account = try await platform.account(addsKey: false)
            expectError(try await post("/api-keys", #"{"name": ""}"#, key: "k", as: account), 400, "name")
            #expect(try await post("/api-keys", #"{"name": "fine"}"#, key: "k", as: account).status == 201)
            for key in ["a b", "ü", String(repeating: "x", count: 256)] {
                expectError(try await post("/sites", "{}", key: key, as: account), 400, "Idempotency-Key")
            }
            #expect(try await post("/sites", "{}", key: String(repeating: "x", count: 255), as: account).status == 201)
            #expect(try await account.api("GET", "/sites").json.array?.count == 1)
        }
    }
}
