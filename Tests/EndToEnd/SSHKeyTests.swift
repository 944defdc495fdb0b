import Foundation
import Testing

/// SSH keys over the API: what is taken, what is refused and why.
@Suite(.timeLimit(.minutes(2)))
struct SSHKeyTests {
    private func add(_ line: String, name: String? = nil, to account: Account) async throws -> Reply {
        var fields = ["public_key": line]
        fields["name"] = name
        let body = String(decoding: try JSONEncoder().encode(fields), as: UTF8.self)
        return try await account.api("POST", "/ssh-keys", body: body)
    }

    private func publicKey(_ path: String) throws -> String {
        try String(contentsOfFile: "\(path).pub", encoding: .utf8).trimmingCharacters(in: .newlines)
    }

    @Test(arguments: [
        ["-t", "ed25519"], ["-t", "rsa", "-b", "2048"], ["-t", "ecdsa", "-b", "256"], ["-t", "ecdsa", "-b", "384"],
        ["-t", "ecdsa", "-b", "521"],
    ])
    func everyModernKeyIsTakenAndSignsIn(_ options: [String]) async throws {
        try await withPlatform { platform in
            let account = try await platform.account(addsKey: false)
            let path = try await platform.makeKey("\(account.home)/key", options)
            let line = try publicKey(path)

            let reply = try await add(line, name: "laptop", to: account)

            #expect(reply.status == 201)
            #expect(reply.json.names == ["id", "user_id", "name", "public_key", "fingerprint", "created_at"])
            #expect(reply.json["user_id"] == .number(1))
            #expect(reply.json["name"] == .string("laptop"))
            #expect(reply.json["public_key"] == .string(line))
            let fingerprint = try await run(["ssh-keygen", "-lf", "\(path).pub"]).text.split(separator: " ")[1]
            #expect(reply.json["fingerprint"] == .string(String(fingerprint)))

            let list = try await account.api("GET", "/ssh-keys")
            #expect(list.status == 200)
            #expect(list.json == .array([reply.json]))

            let signedIn = Account(
                platform: platform, email: account.email, apiKey: account.apiKey, home: account.home, sshKey: path)
            let greeting = try await signedIn.ssh()
            #expect(greeting.status == 0)
            #expect(greeting.text.contains(account.email))
            #expect(greeting.text.contains(fingerprint))

            let id = try #require(reply.json["id"]?.number)
            let deleted = try await account.api("DELETE", "/ssh-keys/\(id)")
            #expect(deleted.status == 204)
            #expect(deleted.body.isEmpty)
            #expect(try await account.api("GET", "/ssh-keys").json == .array([]))
            #expect(try await signedIn.ssh().status == 255)
        }
    }

    @Test func theAccountPageTellsWhenAKeyWasUsed() async throws {
        try await withPlatform { platform in
            let account = try await platform.account()
            let browser = BrowserTab(platform)
            try await browser.post(
                "/sign-in", ["email": account.email, "password": "correct horse"], from: "/sign-in")
            func row() async throws -> Substring {
                let page = try await browser.get("/account").text
                let fingerprint = try await account.fingerprint
                return try #require(page.split(separator: "<tr>").first { $0.contains(fingerprint) })
            }
            #expect(try await row().contains("never"))
            // Offered, but not signed with: that is not a use.
            let other = try await platform.makeKey("\(account.home)/other")
            try FileManager.default.copyItem(atPath: "\(account.sshKey).pub", toPath: "\(account.home)/offered.pub")
            try FileManager.default.copyItem(atPath: other, toPath: "\(account.home)/offered")
            let thief = Account(
                platform: platform, email: "", apiKey: "", home: account.home, sshKey: "\(account.home)/offered")
            #expect(try await thief.ssh().status == 255)
            #expect(try await row().contains("never"))
            #expect(try await account.ssh().status == 0)
            #expect(try await !row().contains("never"))
            #expect(try await row().contains(#"data-label="Last used"><time"#))
        }
    }

    @Test func theNameDefaultsToTheComment() async throws {
        try await withPlatform { platform in
            let account = try await platform.account(addsKey: false)
            let reply = try await add(publicKey(account.sshKey), to: account)
            #expect(reply.status == 201)
            #expect(reply.json["name"] == .string("somebody@laptop"))
        }
    }

    @Test func whatIsNoKeyIsRefusedWithTheReason() async throws {
        try await withPlatform { platform in
            let account = try await platform.account(addsKey: false)
            let good = try publicKey(account.sshKey)
            let words = good.split(separator: " ").map(String.init)
            let weak = try await platform.makeKey("\(account.home)/weak", ["-t", "rsa", "-b", "1024"])
            _ = try await run(["ssh-keygen", "-q", "-s", account.sshKey, "-I", "me", "\(weak).pub"]).orThrow("sign")
            let cases: [(line: String, word: String)] = [
                (try String(contentsOfFile: account.sshKey, encoding: .utf8), "private key"),
                ("command=\"sh\" \(good)", "without options"),
                ("no-pty \(good)", "without options"),
                ("ssh-dss \(words[1])", "DSA"),
                (try publicKey(weak), "2048 bits"),
                (try String(contentsOfFile: "\(weak)-cert.pub", encoding: .utf8), "certificates"),
                ("\(good)\n\(good)", "one line"),
                ("\(good)\r\(good)", "one line"),
                ("", "one line"),
                ("ssh-ed25519", "base64"),
                ("ssh-ed25519 !!!!", "base64"),
                ("ssh-rsa \(words[1])", "not of the type"),
                ("\(words[0]) \(words[1].prefix(40))", "damaged"),
                ("sk-ssh-ed25519@openssh.com \(words[1])", "security-key"),
                ("hello", "type"),
            ]
            for (line, word) in cases {
                expectError(try await add(line, to: account), 400, word)
            }
            expectError(try await add(good, name: "", to: account), 400, "name")
            expectError(
                try await account.api("POST", "/ssh-keys", body: #"{"name": "x"}"#), 400, "public_key is missing")
            #expect(try await account.api("GET", "/ssh-keys").json == .array([]))
        }
    }

    @Test func aKeyBelongsToOneAccount() async throws {
        try await withPlatform { platform in
            let alice = try await platform.account()
            let bob = try await platform.account()
            let line = try publicKey(alice.sshKey)
            expectError(try await add(line, to: alice), 409, "in use")
            expectError(try await add(line, to: bob), 409, "in use")
            // The comment is no part of the key.
            let bare = line.split(separator: " ").prefix(2).joined(separator: " ")
            expectError(try await add("\(bare) other", to: bob), 409, "in use")
            #expect(try await alice.ssh().text.contains(alice.email))
        }
    }
}
