import Foundation
import Testing

/// A newcomer pastes what `caster serve` prints at its start, into a shell of a machine on which nothing is set up.
@Suite(.timeLimit(.minutes(2)))
struct WelcomeTests {
    @Test func theThreeCommandsLeadToALivePage() async throws {
        try await withPlatform { platform in
            try await Self.paste(Self.welcome(of: platform), on: platform)
        }
    }

    /// Whoever has an account is asked for its key, and not told to make another.
    @Test func theSecondWelcomeKeepsTheAccount() async throws {
        try await withPlatform { platform in
            let first = try await Self.welcome(of: platform)
            #expect(first.contains("auth/register"))
            let account = try await platform.account(addsKey: false)
            try await platform.stop(.serve)
            try await platform.start()

            let second = try await Self.welcome(of: platform)

            #expect(!second.contains("auth/register"), "\(second)")
            #expect(second.contains("1. The API key of your account"), "\(second)")
            #expect(Self.addresses(in: second).count == 4)
            #expect(Self.addresses(in: second) == Self.addresses(in: first))
            try await Self.paste(second, typing: "\(account.apiKey)\n", on: platform)
            #expect(try await account.api("GET", "/sites").json.array?.count == 1)
        }
    }

    @Test func theAddressesAreThoseThatAnswer() async throws {
        try await withPlatform { platform in
            let welcome = try await Self.welcome(of: platform)
            #expect(welcome.contains("Ctrl-C stops it."))
            let api = try #require(welcome.firstMatch(of: /API +(\S+)/)).1
            #expect(try await platform.get("\(api)/me").status == 401)
            #expect(welcome.contains("ssh -p \(platform.sshPort) git@localhost"))
        }
    }

    /// All of it: the third command ends it.
    private static func welcome(of platform: Platform) async throws -> String {
        try await eventually("no welcome was printed") {
            platform.log.contains("git push caster main\n") ? platform.log : nil
        }
    }

    /// The lines that name the console, the API, SSH and the sites.
    private static func addresses(in welcome: String) -> [String] {
        welcome.split(separator: "\n").map(String.init).filter { $0.hasPrefix("  ") && !$0.hasPrefix("   ") }
    }

    /// Pastes the three commands into a shell, answers what they ask, and expects a live page.
    private static func paste(_ welcome: String, typing answers: String = "", on platform: Platform) async throws {
        // Each command is the one indented line after its number.
        let commands = welcome.split(separator: "\n").filter { $0.hasPrefix("   ") }
            .map { $0.trimmingCharacters(in: .whitespaces) }
        try #require(commands.count == 3)

        // ssh-keygen would make ~/.ssh, but in the home folder of the user database.
        let home = "\(platform.folder)/newcomer"
        try FileManager.default.createDirectory(atPath: "\(home)/.ssh", withIntermediateDirectories: true)
        let shell = try await run(
            ["bash", "-c", "set -e\ncd\n" + commands.joined(separator: "\n")],
            environment: ["HOME": home, "PATH": "\(try sshWithHome(home)):\(Program.path)"],
            input: Data(answers.utf8), within: .seconds(60))

        #expect(shell.status == 0, "\(shell.text)")
        let url = try #require(shell.text.firstMatch(of: /Live in .+ \(deployment 1\): (\S+)/)).1
        let page = try await platform.get(String(url))
        #expect(page.status == 200)
        #expect(page.text == "<h1>Hello</h1>\n")
    }

    /// `ssh` looks for its files in the home folder of the user database, whatever `HOME` says: this one looks in `HOME`.
    private static func sshWithHome(_ home: String) throws -> String {
        let folder = "\(home)/bin"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let script = """
            #!/bin/sh
            exec /usr/bin/ssh -F none -i "$HOME/.ssh/id_ed25519" -o UserKnownHostsFile="$HOME/.ssh/known_hosts" "$@"

            """
        _ = FileManager.default.createFile(
            atPath: "\(folder)/ssh", contents: Data(script.utf8), attributes: [.posixPermissions: 0o755])
        return folder
    }
}
