import Foundation
import Glibc
import Testing

/// Ctrl-C, and another start with the same data.
@Suite(.timeLimit(.minutes(3)))
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

    /// What somebody has open when the platform stops.
    enum Open: String, CaseIterable, Sendable {
        /// The build log of a deployment that waits for the worker.
        case log
        /// A tool of the MCP server that waits for such a deployment.
        case tool
        /// The stream of an MCP session.
        case session
        /// The console's table of deployments.
        case table
        /// A connection to the edge on which a request was answered.
        case keepAlive
        /// A push that has not begun.
        case push

        var waitsForTheWorker: Bool { self == .log || self == .tool }

        /// Returns once the platform is at it.
        func begin(on site: Site) async throws -> Program {
            let (platform, owner) = (site.platform, site.owner)
            let page = PastedFile("index.html", "later")
            let program: Program
            switch self {
            case .log:
                let accepted = try await site.paste(page)
                let id = try #require(accepted.json["deployment_id"]?.number)
                let path = "/sites/\(site.short)/deployments/\(id)/logs"
                program = try platform.beginCurl(["--no-buffer"], path, key: owner.apiKey)
            case .tool:
                let arguments = try FilesRequest([page], site: site.short).text
                program = try owner.beginMCP(
                    MCPMessage("tools/call", #"{"name": "deploy_site", "arguments": \#(arguments)}"#))
                try await eventually("nothing was accepted") { try await site.deployments().count == 1 }
                return program
            case .session:
                let session = try await owner.mcpSession()
                let headers = ["--header", "Accept: text/event-stream", "--header", "Mcp-Session-Id: \(session)"]
                program = try platform.beginCurl(["--no-buffer"] + headers, "/mcp", key: owner.apiKey)
            case .table:
                let tab = BrowserTab(platform)
                try await tab.post("/sign-in", ["email": owner.email, "password": "correct horse"], from: "/sign-in")
                let cookie = try #require(tab.cookie)
                program = try platform.beginCurl(
                    ["--no-buffer", "--header", "Cookie: caster=\(cookie)"], "//sites/\(site.short)/events")
            case .keepAlive:
                let request = #"exec 3<>/dev/tcp/127.0.0.1/$0; printf 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n' >&3"#
                program = try Program(["bash", "-c", "\(request); exec cat <&3", "\(platform.edgePort)"])
            case .push:
                program = try site.beginSilentPush()
                try await eventually("the push did not begin") { !site.gits.isEmpty }
                return program
            }
            // An idle stream shows itself with its first sign of life.
            try await eventually("no answer", within: .seconds(30)) { program.printed.contains("HTTP/1.1 200") }
            return program
        }
    }

    @Test(arguments: Open.allCases)
    func nothingThatIsOpenKeepsItFromStopping(_ thing: Open) async throws {
        try await withPlatform { platform in
            let site = try await platform.account().createSite()
            let lock = try await thing.waitsForTheWorker ? Self.startWithoutWorker(platform) : nil
            defer { try? lock?.close() }
            let client = try await thing.begin(on: site)
            #expect(client.outcome == nil, "\(client.printed)")

            let start = ContinuousClock.now
            let outcome = try #require(try await platform.stop(.serve))

            #expect(ContinuousClock.now - start < .seconds(12))
            #expect(outcome.status == 0, "\(outcome.text)")
            #expect(platform.nginxPID == nil)
            #expect(Processes.working(in: platform.dataFolder).isEmpty)
            try await eventually("the client is still connected") { client.outcome != nil }
            if thing == .push { #expect(client.printed.contains("the server is stopping"), "\(client.printed)") }
        }
    }

    /// Starts the platform anew while its worker waits for another one to end: what is accepted stays pending until the
    /// returned file is closed.
    private static func startWithoutWorker(_ platform: Platform) async throws -> FileHandle {
        try await platform.stop(.serve)
        let lock = try FileHandle(forUpdating: URL(filePath: "\(platform.dataFolder)/run/worker.lock"))
        let result = flock(lock.fileDescriptor, LOCK_EX | LOCK_NB)
        try #require(result == 0)
        try await platform.start()
        return lock
    }

    @Test func aWorkerThatWaitsForAnotherStopsToo() async throws {
        try await withPlatform { platform in
            let second = try Program(
                [Build.caster, "build"],
                environment: [
                    "CASTER_DATA_DIR": platform.dataFolder, "DOCKER_HOST": "unix://\(platform.folder)/no-engine.sock",
                ], directory: platform.folder)
            defer { second.signal(SIGKILL) }
            try await eventually("it does not wait") { second.printed.contains("another worker") }
            second.signal(SIGINT)
            let outcome = try await second.wait(within: .seconds(12))
            #expect(outcome.status == 0, "\(outcome.text)")
            #expect(!outcome.text.contains("Error"), "\(outcome.text)")
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

    @Test(arguments: ["000", "077"])
    func hostKeysArePrivateAndStay(_ umask: String) async throws {
        try await withPlatform { platform in
            // A first start, that is: to save time, the tests' platforms begin with each other's keys.
            try await platform.stop(.serve)
            try FileManager.default.removeItem(atPath: platform.dataFolder)
            try platform.start(.serve, umask: umask)
            try await platform.waitUntilReady()

            let folder = "\(platform.dataFolder)/keys"
            let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
            #expect(names == ["ssh_host_ed25519_key", "ssh_host_rsa_key"])
            for name in names { #expect(try Self.mode(of: "\(folder)/\(name)") == 0o600, "\(name)") }
            let rsa = try await run(["ssh-keygen", "-lf", "\(folder)/ssh_host_rsa_key"])
            #expect(rsa.text.hasPrefix("4096 "), "\(rsa.text)")
            // Nobody else on the machine reads the data.
            for path in [folder, platform.dataFolder] { #expect(try Self.mode(of: path) == 0o700, "\(path)") }

            // A client that has seen both keys finds the same ones at the next start.
            let account = try await platform.account()
            let scan = try await run(
                ["ssh-keyscan", "-t", "ed25519,rsa", "-p", "\(platform.sshPort)", "127.0.0.1"], merged: false)
            try scan.text.replacing("127.0.0.1", with: "localhost")
                .write(toFile: "\(account.home)/known_hosts", atomically: true, encoding: .utf8)
            try await platform.stop(.serve)
            try await platform.start()
            for algorithm in ["ssh-ed25519", "rsa-sha2-512"] {
                let greeting = try await account.ssh(options: ["-o", "HostKeyAlgorithms=\(algorithm)"])
                #expect(greeting.status == 0, "\(algorithm): \(greeting.text)")
            }
        }
    }

    private static func mode(of path: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
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
