import Foundation
import Testing

/// A newcomer pastes what `caster serve` prints at its start, into a shell of a machine on which nothing is set up.
@Suite(.timeLimit(.minutes(2)))
struct WelcomeTests {
    @Test func theThreeCommandsLeadToALivePage() async throws {
        try await withPlatform { platform in
            let welcome = try await eventually("no welcome was printed") {
                platform.log.contains("3. A page, pushed:") ? platform.log : nil
            }
            // Each command is the one indented line after its number.
            let commands = welcome.split(separator: "\n").map(String.init).filter { $0.hasPrefix("   ") }
                .map { $0.trimmingCharacters(in: .whitespaces) }
                .filter { $0.contains("api/v1/") && !$0.hasPrefix("API") }
            try #require(commands.count == 3)

            // ssh-keygen would make ~/.ssh, but in the home folder of the user database.
            let home = "\(platform.folder)/newcomer"
            try FileManager.default.createDirectory(atPath: "\(home)/.ssh", withIntermediateDirectories: true)
            let shell = try await run(
                ["bash", "-c", "set -e\ncd\n" + commands.joined(separator: "\n")],
                environment: ["HOME": home, "PATH": "\(try Self.sshWithHome(home)):\(Program.path)"],
                within: .seconds(60))

            #expect(shell.status == 0, "\(shell.text)")
            let url = try #require(shell.text.firstMatch(of: /Live in .+ \(deployment 1\): (\S+)/)).1
            let page = try await platform.get(String(url))
            #expect(page.status == 200)
            #expect(page.text == "<h1>Hello</h1>\n")
        }
    }

    @Test func theAddressesAreThoseThatAnswer() async throws {
        try await withPlatform { platform in
            try await eventually("no welcome was printed") { platform.log.contains("3. A page, pushed:") }
            #expect(platform.log.contains("Ctrl-C stops it."))
            let api = try #require(platform.log.firstMatch(of: /API +(\S+)/)).1
            #expect(try await platform.get("\(api)/me").status == 401)
            #expect(platform.log.contains("ssh -p \(platform.sshPort) git@localhost"))
        }
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
