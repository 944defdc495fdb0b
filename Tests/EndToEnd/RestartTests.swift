import Foundation
import Glibc
import Testing

/// Ctrl-C, and another start with the same data.
@Suite(.timeLimit(.minutes(2)))
struct RestartTests {
    @Test(arguments: [SIGINT, SIGTERM])
    func aSignalStopsEverything(_ signal: Int32) async throws {
        try await withPlatform { platform in
            let site = try await platform.account().createSite()
            _ = try await site.deployed()
            #expect(platform.nginxPID != nil)

            let outcome = try #require(try await platform.stop(.serve, with: signal))

            #expect(outcome.status == 0, "\(outcome.text)")
            #expect(platform.nginxPID == nil)
            #expect(Processes.working(in: platform.dataFolder).isEmpty)
            #expect(Ports.isFree(platform.edgePort))
            #expect(Ports.isFree(platform.sshPort))
            #expect(!outcome.text.contains("error"), "\(outcome.text)")
        }
    }

    @Test func theNextStartContinues() async throws {
        try await withPlatform { platform in
            let account = try await platform.account()
            let site = try await account.createSite()
            let checkout = try await site.deployed("before")
            let hostKey = platform.knownHost
            try await platform.stop(.serve)

            try await platform.start()

            #expect(platform.knownHost == hostKey)
            #expect(try await site.get().text == "before")
            #expect(try await account.ssh().text.contains("Hello \(account.email)"))
            #expect(try await account.api("GET", "/me").status == 200)
            #expect(try await site.deployments().count == 1)
            try await checkout.commit(["index.html": "after"])
            #expect(try await checkout.push().text.contains("(deployment 2)"))
            #expect(try await site.get().text == "after")
        }
    }

    @Test func hostKeysArePrivateAndStay() async throws {
        try await withPlatform { platform in
            let folder = "\(platform.dataFolder)/keys"
            let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
            #expect(names == ["ssh_host_ed25519_key", "ssh_host_rsa_key"])
            for name in names {
                let mode = try FileManager.default.attributesOfItem(atPath: "\(folder)/\(name)")[.posixPermissions]
                #expect(mode as? Int == 0o600, "\(name)")
            }
            let rsa = try await run(["ssh-keygen", "-lf", "\(folder)/ssh_host_rsa_key"])
            #expect(rsa.text.hasPrefix("4096 "), "\(rsa.text)")
            // Nobody else on the machine reads the data.
            let data = try FileManager.default.attributesOfItem(atPath: platform.dataFolder)[.posixPermissions]
            #expect(data as? Int == 0o700)
        }
    }

    @Test func aSecondStartOnTheSameDataIsRefused() async throws {
        try await withPlatform { platform in
            let site = try await platform.account().createSite()
            _ = try await site.deployed()
            let second = try await run(
                [Build.caster, "serve"],
                environment: [
                    "CASTER_DATA_DIR": platform.dataFolder, "CASTER_EDGE_PORT": "\(Ports.free())",
                    "CASTER_SSH_PORT": "\(Ports.free())", "CASTER_HOOKS_DIR": "\(Build.repository)/hooks",
                ], directory: platform.folder, within: .seconds(30))
            #expect(second.status != 0)
            #expect(second.lines.filter { $0.hasPrefix("caster: ") }.count == 1, "\(second.text)")
            #expect(second.text.contains("another caster"), "\(second.text)")
            // The first one is none the worse.
            #expect(try await site.get().status == 200)
            #expect(try await site.owner.ssh().succeeded)
            let checkout = try await site.checkout()
            try await checkout.commit(["index.html": "afterwards"])
            #expect(try await checkout.push("--force", "caster", "main").text.contains("Live in"))
        }
    }

    @Test func nginxIsStartedAgainWhenItEnds() async throws {
        try await withPlatform { platform in
            let site = try await platform.account().createSite()
            _ = try await site.deployed("still here")
            let nginx = try #require(platform.nginxPID)
            kill(nginx, SIGKILL)
            try await eventually("nginx did not come back") {
                guard let pid = platform.nginxPID, pid != nginx else { return false }
                return (try? await site.get())?.text == "still here"
            }
        }
    }
}
