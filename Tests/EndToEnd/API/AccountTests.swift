import Foundation
import Testing

/// Logging in, and API keys.
@Suite(.timeLimit(.minutes(2)))
struct AccountTests {
    private func logIn(_ platform: Platform, _ email: String, _ password: String) async throws -> Reply {
        let body = try JSONEncoder().encode(["email": email, "password": password])
        return try await platform.api("POST", "/auth/login", body: String(decoding: body, as: UTF8.self))
    }

    @Test func logInAndOut() async throws {
        try await withPlatform { platform in
            let registered = try await platform.api(
                "POST", "/auth/register", body: #"{"email": " Alice@Example.com ", "password": "secret123"}"#)
            let user = try #require(registered.json["user"])
            #expect(user["email"] == .string("alice@example.com"))
            for email in ["alice@example.com", "ALICE@EXAMPLE.COM", "  Alice@example.com\n"] {
                let reply = try await logIn(platform, email, "secret123")
                #expect(reply.status == 200)
                #expect(reply.json == .object(["user": user]))
            }
            // Passwords are compared as they are.
            let wrong = try await logIn(platform, "alice@example.com", "Secret123")
            expectError(wrong, 401, "email or the password")
            for (email, password) in [
                ("alice@example.com", " secret123"), ("alice@example.com", ""), ("nobody@example.com", "secret123"),
                ("not an address", "secret123"), ("", ""), ("alice@example.com", String(repeating: "x", count: 2000)),
            ] {
                let reply = try await logIn(platform, email, password)
                #expect(reply.status == 401)
                #expect(reply.text == wrong.text)
            }
            let (shortest, longest) = (String(repeating: "ü", count: 4), String(repeating: "x", count: 1024))
            for (email, password, status) in [
                ("a@example.com", shortest, 201), ("b@example.com", longest, 201),
                ("c@example.com", longest + "x", 400),
                ("d@example.com", "1234567", 400),
            ] {
                let body = try JSONEncoder().encode(["email": email, "password": password])
                let reply = try await platform.api(
                    "POST", "/auth/register", body: String(decoding: body, as: UTF8.self))
                #expect(reply.status == status, "\(email)")
                if status == 201 { #expect(try await logIn(platform, email, password).status == 200) }
            }
        }
    }

    @Test func twoRegistrationsAtOnce() async throws {
        try await withPlatform { platform in
            let programs = try ["a@example.com", "A@example.com", " a@EXAMPLE.com"].map { email in
                try platform.beginCurl(
                    ["--data", #"{"email": "\#(email)", "password": "secret123"}"#], "/auth/register")
            }
            var statuses: [Int] = []
            for program in programs { statuses.append(try await program.reply().status) }
            #expect(statuses.sorted() == [201, 409, 409])
        }
    }

    @Test func tooManyFailedLogins() async throws {
        try await withPlatform(settings: ["CASTER_LOGIN_FAILURES_PER_ACCOUNT": "3"]) { platform in
            let alice = try await platform.account(addsKey: false)
            // All at once: no more are tried than one after the other.
            let body = #"{"email": "\#(alice.email)", "password": "a wrong one"}"#
            let programs = try (0..<12).map { _ in try platform.beginCurl(["--data", body], "/auth/login") }
            var statuses: [Int] = []
            for program in programs { statuses.append(try await program.reply().status) }
            #expect(statuses.filter { $0 == 401 }.count == 3, "\(statuses)")
            #expect(statuses.filter { $0 == 429 }.count == 9, "\(statuses)")

            let locked = try await logIn(platform, alice.email.uppercased(), "correct horse")
            expectError(locked, 429, "try again later")
            let wait = try #require(locked.header("Retry-After").flatMap { Int($0) })
            #expect((800...900).contains(wait))
            // An address without an account is locked just the same, so that nobody learns which have one.
            for number in 0..<4 {
                let reply = try await logIn(platform, "nobody@example.com", "secret123")
                #expect(reply.status == (number < 3 ? 401 : 429))
            }
            // Other accounts and the key are not.
            let bob = try await platform.account(addsKey: false)
            #expect(try await logIn(platform, bob.email, "correct horse").status == 200)
            #expect(try await alice.api("GET", "/me").status == 200)
        }
    }

    @Test func tooManyFromOneAddress() async throws {
        let settings = ["CASTER_LOGIN_FAILURES_PER_ADDRESS": "3"]
        try await withPlatform(settings: settings) { platform in
            let alice = try await platform.account(addsKey: false)
            // Success does not count.
            for _ in 0..<4 { #expect(try await logIn(platform, alice.email, "correct horse").status == 200) }
            for number in 0..<3 {
                #expect(try await logIn(platform, "nobody\(number)@example.com", "secret123").status == 401)
            }
            let locked = try await platform.curl(
                [
                    "--header", "X-Forwarded-For: 203.0.113.9", "--data",
                    #"{"email": "\#(alice.email)", "password": "correct horse"}"#,
                ], "/auth/login")
            expectError(locked, 429, "try again later")
            #expect(locked.header("Retry-After") != nil)
        }
    }

    @Test func apiKeys() async throws {
        try await withPlatform { platform in
            let account = try await platform.account(addsKey: false)
            let first = try #require(try await account.api("GET", "/api-keys").json.array)
            #expect(first.count == 1)
            #expect(first[0]["key_prefix"] == .string(String(account.apiKey.prefix(8))))

            let created = try await account.api("POST", "/api-keys", body: #"{"name": "CI/CD pipeline"}"#)
            #expect(created.status == 201)
            #expect(created.json["name"] == .string("CI/CD pipeline"))
            let key = try #require(created.json["key"]?.string)
            #expect(key.wholeMatch(of: /[0-9a-f]{64}/) != nil)
            #expect(created.json["key_prefix"] == .string(String(key.prefix(8))))
            for body in ["{}", #"{"name": ""}"#, #"{"name": "a\nb"}"#, #"{"name": 1}"#] {
                expectError(try await account.api("POST", "/api-keys", body: body), 400, "name")
            }

            func listed() async throws -> [JSON] { try #require(try await account.api("GET", "/api-keys").json.array) }
            let list = try await listed()
            #expect(list.map { $0["id"] } == [created.json["id"], first[0]["id"]])
            for item in list { #expect(item["key"] == nil) }
            #expect(list[0]["last_used_at"] == .null)
            #expect(try await platform.api("GET", "/me", key: key).status == 200)
            try await eventually("the use was not recorded") {
                try await listed()[0]["last_used_at"]?.string?.hasSuffix("Z") == true
            }

            // Deleted: refused at once, although it was used a moment ago.
            let id = try #require(created.json["id"]?.number)
            let deleted = try await account.api("DELETE", "/api-keys/\(id)")
            #expect(deleted.status == 204)
            #expect(deleted.body.isEmpty)
            expectError(try await platform.api("GET", "/me", key: key), 401, "not valid")
            expectError(try await account.api("DELETE", "/api-keys/\(id)"), 404, "no such API key")
            #expect(try await listed().count == 1)
            // The plaintext is nowhere in the store.
            let store = try await run(
                ["grep", "-rlaF", account.apiKey, platform.dataFolder]).text
            #expect(store.isEmpty, "\(store)")
        }
    }
    /// One more than allowed is refused; others are not concerned, and what is deleted makes room.
    @Test func asManyKeysAsAreAllowed() async throws {
        let settings = ["CASTER_API_KEYS_PER_USER": "2", "CASTER_SSH_KEYS_PER_USER": "1"]
        try await withPlatform(settings: settings) { platform in
            let account = try await platform.account()
            let other = try await platform.makeKey("\(account.home)/other")
            let line = try String(contentsOfFile: "\(other).pub", encoding: .utf8).trimmingCharacters(in: .newlines)
            let (apiKey, sshKey) = (#"{"name": "another"}"#, #"{"public_key": "\#(line)"}"#)
            #expect(try await account.api("POST", "/api-keys", body: apiKey).status == 201)
            for (path, body, count, setting) in [
                ("/api-keys", apiKey, 2, "CASTER_API_KEYS_PER_USER"),
                ("/ssh-keys", sshKey, 1, "CASTER_SSH_KEYS_PER_USER"),
            ] {
                expectError(try await account.api("POST", path, body: body), 413, setting)
                let keys = try #require(try await account.api("GET", path).json.array)
                #expect(keys.count == count)
                let stranger = try await platform.account()
                #expect(try await stranger.api("GET", path).json.array?.count == 1)
                let id = try #require(keys.first?["id"]?.number)
                #expect(try await account.api("DELETE", "\(path)/\(id)").status == 204)
                #expect(try await account.api("POST", path, body: body).status == 201)
            }
        }
    }
}
