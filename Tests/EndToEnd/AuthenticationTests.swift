import Foundation
import Testing

/// Who may come in over SSH, and as whom.
@Suite(.timeLimit(.minutes(3)))
struct AuthenticationTests {
    @Test func anUnknownKeyIsToldItsFingerprintAndWhereToAddIt() async throws {
        try await withPlatform { platform in
            let stranger = try await platform.account(addsKey: false)

            let refused = try await stranger.ssh()

            #expect(refused.status == 255)
            #expect(refused.text.contains("Caster does not know the key \(try await stranger.fingerprint)"))
            #expect(refused.text.contains("Permission denied (publickey)"))
            // What it was told to run, with the key in it, is what makes it known.
            let command = try #require(refused.text.firstMatch(of: /curl .+'/)).0
            let added = try await run(
                ["sh", "-c", String(command).replacing("\r", with: "")],
                environment: ["HOME": stranger.home, "CASTER_KEY": stranger.apiKey], merged: false)
            #expect(added.text.contains(try await stranger.fingerprint))
            let greeting = try await stranger.ssh()
            #expect(greeting.status == 0)
            #expect(greeting.text.contains("Hello \(stranger.email)"))
        }
    }

    @Test func anotherUsersSiteAndNoSuchSiteLookTheSame() async throws {
        try await withPlatform { platform in
            let alice = try await platform.account()
            let bob = try await platform.account()
            let site = try await alice.createSite()
            _ = try await site.deployed("alice's page")
            for verb in ["git-upload-pack", "git-receive-pack"] {
                let hers = try await bob.ssh("\(verb) '\(site.short).git'", merged: false)
                let nobodys = try await bob.ssh("\(verb) '00000000.git'", merged: false)
                #expect(hers.status != 0)
                #expect(hers.status == nobodys.status)
                #expect(hers.output.isEmpty && nobodys.output.isEmpty)
                #expect(hers.errorText == nobodys.errorText)
                #expect(hers.errorText.contains("no such site"))
            }
            let push = try await Self.push(to: site, as: bob)
            #expect(push.status != 0)
            #expect(try await site.get().text == "alice's page")
        }
    }

    private static func push(to site: Site, as account: Account) async throws -> Outcome {
        let own = try await account.createSite().checkout()
        try await own.commit(["index.html": "not yours"])
        return try await own.push(site.gitURL, "main")
    }

    /// The client offers Alice's key, which she has published, and cannot sign with it; then it signs with Bob's.
    @Test func anOfferedKeyThatNeverSignsBindsNobody() async throws {
        try await withPlatform { platform in
            let alice = try await platform.account()
            let bob = try await platform.account()
            let site = try await alice.createSite()
            _ = try await site.deployed()

            let scene = try await bob.scene(
                "offer-then-sign", "\(alice.sshKey).pub", "git-upload-pack '\(site.short).git'")
            #expect(scene.text.contains("offers accepted: 1"))
            #expect(scene.text.contains("authenticated: True"))
            #expect(scene.text.contains("status: 1"), "\(scene.text)")
            #expect(scene.text.contains("no such site"))
            #expect(!scene.text.contains("refs/heads/main"))

            // The same with OpenSSH, which offers a .pub file whose private key it does not find.
            let published = "\(bob.home)/published"
            try FileManager.default.copyItem(atPath: "\(alice.sshKey).pub", toPath: "\(published).pub")
            let greeting = try await run(
                ["ssh", "-v"] + Account.sshOptions(home: bob.home)
                    + [
                        "-o", "IdentityFile=\(published)", "-i", bob.sshKey, "-p", "\(platform.sshPort)",
                        "git@localhost",
                    ])
            #expect(greeting.text.contains("Server accepts key: \(published)"))
            #expect(greeting.text.contains("Hello \(bob.email)"))
            #expect(!greeting.text.contains(alice.email))
        }
    }

    @Test func aKeyDeletedMidSessionStartsNothing() async throws {
        try await withPlatform { platform in
            let account = try await platform.account(addsKey: false)
            let id = try await account.addSSHKey()
            let site = try await account.createSite()
            let signal = "\(account.home)/deleted"
            let scene = try account.beginScene("key-deleted", signal, "git-upload-pack '\(site.short).git'")
            try await eventually("no sign-in") { scene.printed.contains("signed in") }

            #expect(try await account.api("DELETE", "/ssh-keys/\(id)").status == 204)
            try "".write(toFile: signal, atomically: true, encoding: .utf8)

            let outcome = try await scene.wait()
            #expect(outcome.text.contains("status: 1"), "\(outcome.text)")
            #expect(outcome.text.contains("output: b''"))
            #expect(outcome.text.contains("deleted"))
            #expect(try await account.ssh().status == 255)
        }
    }

    @Test func onlyAKeyAuthenticates() async throws {
        try await withPlatform { platform in
            let account = try await platform.account()
            let scene = try await account.scene("other-ways")
            for way in ["none", "password", "interactive"] {
                #expect(scene.text.contains("\(way) authenticated: False"), "\(scene.text)")
            }
            #expect(!scene.text.contains("True"))
            #expect(scene.text.contains("['publickey']"))
            #expect(try await account.ssh().succeeded)
        }
    }

    @Test func nothingHappensBeforeAuthentication() async throws {
        try await withPlatform { platform in
            let account = try await platform.account()
            let site = try await account.createSite()
            _ = try await site.deployed()
            let scene = try await account.scene("no-authentication", "git-upload-pack '\(site.short).git'")
            #expect(scene.lines.filter { $0.hasPrefix("refused: ") }.count == 2, "\(scene.text)")
            #expect(!scene.text.contains("status: "))
            #expect(try await account.ssh().succeeded)
        }
    }

    @Test func anotherUserNameThanGitIsFineToo() async throws {
        // The key says who it is, as the seed's `git@` says nothing.
        try await withPlatform { platform in
            let account = try await platform.account()
            let words = account.sshWords().dropLast() + ["root@localhost"]
            let greeting = try await run(Array(words), environment: account.environment)
            #expect(greeting.status == 0)
            #expect(greeting.text.contains("Hello \(account.email)"))
        }
    }

    @Test func tooManyAttemptsEndWithTheReason() async throws {
        try await withPlatform(settings: ["CASTER_SSH_AUTH_ATTEMPTS": "3"]) { platform in
            let account = try await platform.account()
            var options: [String] = []
            for number in 1...4 {
                options += ["-i", try await platform.makeKey("\(account.home)/wrong\(number)")]
            }
            let words = ["ssh"] + Account.sshOptions(home: account.home) + options
            let end = ["-i", account.sshKey, "-p", "\(platform.sshPort)", "git@localhost"]
            let refused = try await run(words + end)
            #expect(refused.status == 255)
            #expect(refused.text.contains("CASTER_SSH_AUTH_ATTEMPTS"), "\(refused.text)")
            #expect(!refused.text.contains("Hello"))
            #expect(try await account.ssh().succeeded)
        }
    }

    /// The same key, however it signs: SHA-1 is refused, whether the client believes what the server lists or not.
    @Test func anRSAKeySignsWithSHA2Only() async throws {
        try await withPlatform(settings: ["CASTER_SSH_AUTH_TIMEOUT": "5"]) { platform in
            let stranger = try await platform.account(addsKey: false)
            let key = try await platform.makeKey("\(stranger.home)/rsa", ["-t", "rsa", "-b", "2048"])
            let account = Account(
                platform: platform, email: stranger.email, apiKey: stranger.apiKey, home: stranger.home, sshKey: key)
            try await account.addSSHKey()
            for algorithm in ["rsa-sha2-256", "rsa-sha2-512"] {
                let greeting = try await account.ssh(options: ["-o", "PubkeyAcceptedAlgorithms=\(algorithm)"])
                #expect(greeting.text.contains("Hello \(account.email)"), "\(algorithm): \(greeting.text)")
                let scene = try await account.scene("rsa", algorithm)
                #expect(scene.text.contains("authenticated: True"), "\(algorithm): \(scene.text)")
            }

            let refused = try await account.ssh(options: ["-v", "-o", "PubkeyAcceptedAlgorithms=ssh-rsa"])
            #expect(refused.status == 255)
            #expect(refused.text.contains("no mutual signature algorithm"), "\(refused.text)")
            let forced = try await account.scene("rsa", "ssh-rsa")
            #expect(forced.text.contains("authenticated: False"), "\(forced.text)")
            #expect(forced.text.contains("an RSA key must sign with SHA-2"), "\(forced.text)")
        }
    }

    @Test(arguments: ["slow", "idle-before-authentication"])
    func whoeverTakesTooLongIsSentAway(_ scene: String) async throws {
        try await withPlatform(settings: ["CASTER_SSH_AUTH_TIMEOUT": "1"]) { platform in
            let account = try await platform.account()
            let outcome = try await account.scene(scene)
            let seconds = try #require(outcome.text.firstMatch(of: /seconds: ([0-9.]+)/)).1
            #expect(try #require(Double(seconds)) < 6)
            #expect(outcome.text.contains("no authentication within 1 s (CASTER_SSH_AUTH_TIMEOUT)"), "\(outcome.text)")
            #expect(!outcome.text.contains("active: True"))
            #expect(try await account.ssh().succeeded)
        }
    }
}
