import Foundation
import Glibc
import Testing

/// What a client asks the SSH server for: two commands of git, and nothing else.
@Suite(.timeLimit(.minutes(3)))
struct CommandTests {
    @Test func sshWithoutACommandGreets() async throws {
        try await withPlatform { platform in
            let account = try await platform.account()
            let greeting = try await account.ssh()
            #expect(greeting.status == 0)
            #expect(greeting.text.contains("Hello \(account.email)"))
            #expect(greeting.text.contains(try await account.fingerprint))
            #expect(greeting.text.contains("git "))
        }
    }

    @Test func everyFormOfARepositorysName() async throws {
        try await withPlatform { platform in
            let site = try await platform.account().createSite()
            let checkout = try await site.deployed()
            let base = "ssh://git@localhost:\(platform.sshPort)"
            for path in ["/\(site.short).git", "/\(site.short)", "/\(site.short).git/"] {
                let refs = try await checkout.tryGit(["ls-remote", base + path])
                #expect(refs.text.contains("refs/heads/main"), "\(path): \(refs.text)")
            }
            for command in [
                "git-upload-pack '\(site.short).git'", "git upload-pack '/\(site.short)'",
                "git-upload-pack \(site.short)",
            ] {
                let refs = try await site.owner.ssh(command, input: Data("0000".utf8), merged: false)
                #expect(refs.status == 0, "\(command)")
                #expect(refs.text.contains("refs/heads/main"), "\(command)")
            }
        }
    }

    /// `ID` stands for the short ID of a site that the client owns, `HEX` for the whole one, `CANARY` for a path that must
    /// not come into being.
    private static let hostile = [
        // Shells.
        "git-upload-pack 'ID.git'; touch CANARY", "git-upload-pack ID.git && touch CANARY",
        "git-upload-pack $(touch CANARY)", "git-upload-pack `touch CANARY`", "git-upload-pack 'ID.git' | tee CANARY",
        "git-upload-pack ID.git > CANARY", "git-upload-pack 'ID.git'\ntouch CANARY", "touch CANARY",
        "sh -c 'touch CANARY'", "bash", "git-upload-pack 'ID.git''$(touch CANARY)'", "git-upload-pack \"ID.git\"",
        // Options.
        "git-upload-pack --upload-pack='touch CANARY' ID.git", "git-upload-pack --help", "git-upload-pack '--help'",
        "git-upload-pack --timeout=1 ID.git", "git-upload-pack '-c' ID.git",
        "git-receive-pack '--receive-pack=touch CANARY'",
        "git -c core.pager='touch CANARY' upload-pack ID.git", "git --exec-path=/tmp upload-pack ID.git",
        "git-receive-pack --split-string=touch ID.git", "git-receive-pack --http-backend-info-refs ID.git",
        // Paths.
        "git-upload-pack '../ID.git'", "git-upload-pack 'x/../ID.git'", "git-upload-pack '/etc/passwd'",
        "git-upload-pack '../../etc/passwd'", "git-upload-pack '~/ID.git'", "git-upload-pack '//ID.git'",
        "git-upload-pack 'repos/HEX.git'", "git-upload-pack 'DATA/repos/HEX.git'", "git-upload-pack '.'",
        "git-upload-pack ''", "git-upload-pack '%2e%2e/ID.git'", "git-upload-pack 'ID.git/objects'",
        "git-upload-pack 'ID.git\u{0}x'", "git-upload-pack 'ID.git.git'", "git-upload-pack 'id'",
        // Not one argument.
        "git-upload-pack", "git-upload-pack ", "git-upload-pack 'ID.git' 'ID.git'", "git-upload-pack 'ID.git",
        // Other commands.
        "git-upload-archive 'ID.git'", "git-shell", "git", "git status", "scp -t CANARY", "scp -f /etc/passwd",
        "rsync --server . CANARY", "/usr/bin/git-upload-pack 'ID.git'", "env", "true", "GIT-UPLOAD-PACK 'ID.git'",
    ]

    @Test func everythingElseIsRefusedWithASentence() async throws {
        try await withPlatform { platform in
            let site = try await platform.account().createSite()
            _ = try await site.deployed()
            let canary = "\(platform.folder)/canary"
            for template in Self.hostile where !template.contains("\u{0}") {
                let command = template.replacing("ID", with: site.short).replacing("HEX", with: site.siteID)
                    .replacing("CANARY", with: canary).replacing("DATA", with: platform.dataFolder)
                let outcome = try await site.owner.ssh(command, input: Data("0000".utf8), merged: false)
                #expect(outcome.status == 1, "\(command): \(outcome.status)")
                #expect(outcome.output.isEmpty, "\(command): \(outcome.text)")
                #expect(outcome.errorText.contains("caster: "), "\(command): \(outcome.errorText)")
                #expect(!FileManager.default.fileExists(atPath: canary), "\(command)")
            }
        }
    }

    @Test func sftpAndScpAreRefusedWithASentence() async throws {
        try await withPlatform { platform in
            let account = try await platform.account()
            let sftp = try await account.ssh("sftp", options: ["-s"], merged: false)
            #expect(sftp.status == 1)
            #expect(sftp.errorText.contains("there is no sftp here"))
            let scp = try await run(
                ["scp"] + account.sshOptions + ["-O", "-P", "\(platform.sshPort)", "/etc/hostname", "git@localhost:x"])
            #expect(scp.status != 0)
            #expect(scp.text.contains("no such command here"))
        }
    }

    @Test func aTerminalIsNotGivenAndTheGreetingComesAllTheSame() async throws {
        try await withPlatform { platform in
            let account = try await platform.account()
            // `script` gives it a real terminal, so that ssh asks for one over there too.
            let words = account.sshWords().map { "'\($0)'" }.joined(separator: " ")
            let greeting = try await run(
                ["script", "--quiet", "--return", "--command", words, "/dev/null"], environment: account.environment)
            #expect(greeting.status == 0)
            #expect(greeting.text.contains("PTY allocation request failed"))
            #expect(greeting.text.contains("Hello \(account.email)"))
        }
    }

    @Test func nothingIsForwarded() async throws {
        try await withPlatform { platform in
            let account = try await platform.account()
            let local = try await account.ssh(
                options: ["-W", "127.0.0.1:\(platform.edgePort)"], input: Data("GET /\r\n\r\n".utf8))
            #expect(local.status != 0)
            #expect(local.text.contains("forwarding failed") || local.text.contains("open failed"), "\(local.text)")
            #expect(!local.text.contains("HTTP/1.1"))

            let port = Ports.free()
            let remote = try await account.ssh(
                options: ["-N", "-o", "ExitOnForwardFailure=yes", "-R", "\(port):127.0.0.1:\(platform.edgePort)"])
            #expect(remote.status == 255)
            #expect(remote.text.contains("remote port forwarding failed"))
            #expect(Ports.isFree(port))

        }
    }

    @Test func aConnectionRunsOneCommand() async throws {
        try await withPlatform { platform in
            let account = try await platform.account()
            let scene = try await account.scene("two-channels", "true")
            #expect(scene.text.contains("first: open"))
            #expect(scene.text.contains("second: ChannelException"))
            #expect(scene.text.contains("status: 1"))
        }
    }

    @Test func ofTheEnvironmentOnlyGitsProtocolArrives() async throws {
        try await withPlatform { platform in
            let site = try await platform.account().createSite()
            let variables = [
                "LD_PRELOAD=/tmp/evil.so", "GIT_TRACE=2", "GIT_DIR=/etc", "GIT_CONFIG_COUNT=1", "PATH=/tmp",
                "LANG=de_DE",
                "GIT_SSH_COMMAND=evil", "HOME=/tmp/evil", "CASTER_HOOK=/tmp/evil", "GIT_PROTOCOL=version=1",
            ]
            let options = ["-o", "SetEnv=\(variables.joined(separator: " "))"]
            let environment = try await environmentOfGit(for: site, options)

            #expect(environment.contains("GIT_PROTOCOL=version=1"))
            #expect(environment.contains("GIT_CONFIG_NOSYSTEM=1"))
            for variable in variables.dropLast() { #expect(!environment.contains(variable), "\(variable)") }
            #expect(!environment.contains { $0.hasPrefix("LD_") || $0.hasPrefix("LANG") || $0.hasPrefix("GIT_TRACE") })
            // Each name once, so that none hides another.
            let names = environment.map { $0.prefix { $0 != "=" } }
            #expect(Set(names).count == names.count)

            let odd = try await environmentOfGit(for: site, ["-o", "SetEnv=GIT_PROTOCOL=version=2:x"])
            #expect(!odd.contains { $0.hasPrefix("GIT_PROTOCOL=") })
        }
    }

    /// What the git that serves a push was started with.
    private func environmentOfGit(for site: Site, _ options: [String]) async throws -> [String] {
        // A push that has begun, and waits for its first packet.
        let push = try site.beginSilentPush(options)
        defer { push.signal(SIGKILL) }
        let environment = try await eventually("git was not started") {
            site.gits.first { $0.words.contains("receive-pack") }?.environment
        }
        push.signal(SIGKILL)
        // The next push's git must not be taken for this one's.
        try await eventually("git goes on without its client") { site.gits.isEmpty }
        return environment
    }
}
