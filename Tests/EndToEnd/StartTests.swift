import Foundation
import Glibc
import Testing

/// An operator starts the platform, and stops it.
@Suite(.timeLimit(.minutes(3)))
struct StartTests {
    /// A folder that is removed, and settings that fit into it.
    private func withFolder(
        _ body: (_ folder: String, _ settings: [String: String]) async throws -> Void
    ) async throws {
        let folder = "/tmp/ct\(UInt32.random(in: .min ... .max))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let settings = [
            "CASTER_DATA_DIR": "\(folder)/data", "CASTER_EDGE_PORT": "\(Ports.free())",
            "CASTER_SSH_PORT": "\(Ports.free())", "CASTER_HOOKS_DIR": "\(Build.repository)/hooks", "HOME": folder,
        ]
        try await body(folder, settings)
    }

    /// It ends by itself, says why in one sentence that has all the words, and leaves nothing running.
    ///
    /// - Parameter launcher: runs the command that follows it.
    private func expectRefusal(
        _ arguments: [String], _ settings: [String: String], in folder: String, saying words: [String],
        launcher: [String] = [], sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let outcome = try await run(
            launcher + [Build.caster] + arguments, environment: settings, directory: folder, within: .seconds(30))
        #expect(outcome.status != 0, "\(outcome.text)", sourceLocation: sourceLocation)
        let sentences = outcome.lines.filter { $0.hasPrefix("caster: ") || $0.hasPrefix("Error: ") }
        #expect(sentences.count == 1, "\(outcome.text)", sourceLocation: sourceLocation)
        for word in words { #expect(outcome.text.contains(word), "\(outcome.text)", sourceLocation: sourceLocation) }
        #expect(!outcome.text.contains("Caster is running"), sourceLocation: sourceLocation)
        let left = Processes.working(in: folder) + Processes.all.filter { $0.words.contains { $0.hasPrefix(folder) } }
        #expect(left.isEmpty, "\(left)", sourceLocation: sourceLocation)
    }

    @Test(arguments: ["CASTER_EDGE_PORT", "CASTER_SSH_PORT"])
    func aPortInUse(_ setting: String) async throws {
        try await withFolder { folder, settings in
            let port = Ports.free()
            let listener = try #require(Ports.listen(on: port))
            defer { close(listener) }
            let taken = settings.merging([setting: "\(port)"]) { $1 }
            try await expectRefusal(["serve"], taken, in: folder, saying: ["\(port)", "in use", setting])
            // The other port is free again.
            for name in ["CASTER_EDGE_PORT", "CASTER_SSH_PORT"] where name != setting {
                #expect(Ports.isFree(try #require(settings[name].flatMap(Int.init))))
            }
        }
    }

    /// The search goes beyond `PATH`, so the program is hidden where it is, from this one process.
    @Test(.enabled(if: geteuid() == 0, "only root can hide a program"), arguments: ["nginx", "git"])
    func aProgramThatIsMissing(_ name: String) async throws {
        let script = #"for place in $(type -aP "$0"); do mount --bind /dev/null "$place" || exit; done; exec "$@""#
        try await withFolder { folder, settings in
            try await expectRefusal(
                ["serve"], settings, in: folder, saying: ["caster: \(name) is not ", "install"],
                launcher: ["unshare", "--mount", "bash", "-c", script, name])
            for port in ["CASTER_EDGE_PORT", "CASTER_SSH_PORT"] {
                #expect(Ports.isFree(try #require(settings[port].flatMap(Int.init))))
            }
        }
    }

    @Test func aDataFolderThatCannotBeWritten() async throws {
        try await withFolder { folder, settings in
            // Not even root makes a folder below a file.
            try "".write(toFile: "\(folder)/file", atomically: true, encoding: .utf8)
            let odd = settings.merging(["CASTER_DATA_DIR": "\(folder)/file/data"]) { $1 }
            try await expectRefusal(["serve"], odd, in: folder, saying: ["\(folder)/file/data"])
        }
    }

    @Test(.enabled(if: geteuid() == 0, "only root can become another user"))
    func aDataFolderOfSomebodyElse() async throws {
        try await withFolder { folder, settings in
            try FileManager.default.createDirectory(atPath: "\(folder)/data", withIntermediateDirectories: false)
            chmod(folder, 0o755)
            let copy = "\(folder)/caster"
            try FileManager.default.copyItem(atPath: Build.caster, toPath: copy)
            let outcome = try await run(
                ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", copy, "serve"],
                environment: settings, directory: "/")
            #expect(outcome.status != 0)
            #expect(outcome.text.contains("\(folder)/data"), "\(outcome.text)")
            #expect(outcome.text.contains("Permission denied"), "\(outcome.text)")
        }
    }

    @Test func aDataFolderWithTooLongAPath() async throws {
        try await withFolder { folder, settings in
            let long = "\(folder)/\(String(repeating: "x", count: 100))"
            let odd = settings.merging(["CASTER_DATA_DIR": long]) { $1 }
            try await expectRefusal(["serve"], odd, in: folder, saying: ["CASTER_DATA_DIR", "too long"])
        }
    }

    @Test(arguments: [
        ("CASTER_EDGE_PORT", "http"), ("CASTER_EDGE_PORT", "0"), ("CASTER_SSH_PORT", "65536"), ("CASTER_DOMAIN", "a b"),
        ("CASTER_DOMAIN", "-x.example"), ("CASTER_PUBLIC_URL_SCHEME", "ftp"), ("CASTER_LOG_LEVEL", "loud"),
        ("CASTER_PACK_BYTES", "-1"), ("CASTER_BUILDS", "0"), ("CASTER_BIND", "nowhere.invalid"),
        ("CASTER_BIND", "192.0.2.1"), ("CASTER_HOOKS_DIR", "/nonexistent"), ("CASTER_PUBLIC_PORT", "https"),
        ("CASTER_TRUSTED_PROXIES", "10.0.0.0/40"), ("CASTER_TRUSTED_PROXIES", "proxy"),
        ("CASTER_TRUSTED_PROXIES", "127.0.0.1, 2001:db8::/129"),
    ])
    func aSettingThatMakesNoSense(_ setting: String, _ value: String) async throws {
        try await withFolder { folder, settings in
            let word = setting == "CASTER_HOOKS_DIR" ? value : setting
            try await expectRefusal(["serve"], settings.merging([setting: value]) { $1 }, in: folder, saying: [word])
        }
    }

    @Test func onePortForTwoServers() async throws {
        try await withFolder { folder, settings in
            let one = settings.merging(["CASTER_SSH_PORT": settings["CASTER_EDGE_PORT"] ?? ""]) { $1 }
            try await expectRefusal(
                ["serve"], one, in: folder, saying: ["CASTER_EDGE_PORT and CASTER_SSH_PORT must not both be"])
        }
    }

    @Test func aSettingsFileThatIsNotThere() async throws {
        try await withFolder { folder, settings in
            try await expectRefusal(
                ["serve", "--config", "\(folder)/missing.env"], settings, in: folder, saying: ["\(folder)/missing.env"])
        }
    }

    @Test func anUnknownFlag() async throws {
        try await withFolder { folder, settings in
            try await expectRefusal(["serve", "--prot", "1"], settings, in: folder, saying: ["--prot"])
        }
    }

    /// A flag wins over an environment variable, that over the settings file, that over the default.
    @Test func settingsHaveTheirOrder() async throws {
        try await withFolder { folder, settings in
            let names = ["file.example", "environment.example", "flag.example"]
            try "CASTER_DOMAIN=\(names[0])\nCASTER_SSH_PORT=\(settings["CASTER_SSH_PORT"] ?? "")\n"
                .write(toFile: "\(folder)/my.env", atomically: true, encoding: .utf8)
            var environment = settings
            environment["CASTER_SSH_PORT"] = nil
            environment["CASTER_CONFIG"] = "\(folder)/my.env"
            for (number, expected) in names.enumerated() {
                if number == 1 { environment["CASTER_DOMAIN"] = names[1] }
                let flags = number == 2 ? ["--domain", names[2]] : []
                let caster = try Program([Build.caster, "serve"] + flags, environment: environment, directory: folder)
                defer { caster.signal(SIGKILL) }
                try await eventually("it did not start: \(caster.printed)", within: .seconds(60)) {
                    caster.printed.contains("Caster is running") || caster.outcome != nil
                }
                #expect(caster.printed.contains("http://console.\(expected):"), "\(caster.printed)")
                #expect(caster.printed.contains("ssh -p \(settings["CASTER_SSH_PORT"] ?? "")"))
                caster.signal(SIGINT)
                #expect(try await caster.wait(within: .seconds(30)).status == 0)
            }
        }
    }

    @Test func helpNamesEveryRoleAndSetting() async throws {
        let help = try await run([Build.caster, "--help"])
        #expect(help.status == 0)
        #expect(help.lines.allSatisfy { $0.count <= 80 })
        for role in ["serve", "ssh", "http", "build", "edge"] {
            #expect(help.text.firstMatch(of: try Regex("\n  \(role) ")) != nil, "\(role)")
        }
        let named = [
            "CASTER_DATA_DIR", "CASTER_DOMAIN", "CASTER_EDGE_PORT", "CASTER_SSH_PORT", "CASTER_BIND",
            "CASTER_PUBLIC_URL_SCHEME", "CASTER_HOOKS_DIR", "CASTER_LOG_LEVEL",
        ]
        // And every one that the sources know.
        let source = try String(
            contentsOfFile: "\(Build.repository)/Sources/caster/Setting.swift", encoding: .utf8)
        let limits = source.matches(of: /limit\(\s*"([A-Z_]+)"/).map { "CASTER_\($0.1)" }
        #expect(limits.count > 10)
        for name in named + limits {
            // The default beside it, and what it does below.
            #expect(help.text.firstMatch(of: try Regex("\n  \(name) \\(.+\\)\n      .+\n")) != nil, "\(name)")
        }
    }
}
