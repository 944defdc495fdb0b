import Foundation
import Glibc
import Synchronization
import Testing

/// The real thing, with a data folder and ports of its own. See `withPlatform`.
final class Platform: Sendable {
    /// A short path below /tmp, for everything that belongs to this platform and its users.
    let folder: String
    let dataFolder: String
    let edgePort: Int
    let sshPort: Int
    /// Where https is answered, if it is.
    var tlsPort: Int { settings["CASTER_TLS_PORT"].flatMap(Int.init) ?? 0 }
    /// In the order in which they are started.
    let roles: [Role]
    private let settings: [String: String]
    private let running = Mutex<[Role: Program]>([:])
    private let counter = Mutex(0)
    private let hostKey = Mutex("")

    enum Role: String, Sendable, CaseIterable {
        case serve, build, http, ssh, edge
    }

    init(roles: [Role], settings: [String: String]) throws {
        self.roles = roles
        edgePort = settings["CASTER_EDGE_PORT"].flatMap(Int.init) ?? Ports.free()
        sshPort = Ports.free()
        folder = "/tmp/ct\(UInt32.random(in: .min ... .max))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        dataFolder = settings["CASTER_DATA_DIR"] ?? "\(folder)/data"
        self.settings = [
            "CASTER_DATA_DIR": dataFolder, "CASTER_EDGE_PORT": "\(edgePort)", "CASTER_SSH_PORT": "\(sshPort)",
            "CASTER_HOOKS_DIR": "\(Build.repository)/hooks",
            // Whatever this machine has: no test uses an engine that is not its own.
            "DOCKER_HOST": "unix://\(folder)/no-engine.sock",
            // Nor is a resolver out there asked for anything.
            "CASTER_DNS_RESOLVER": "127.0.0.1:1",
        ].merging(settings) { $1 }
        try HostKeys.place(in: dataFolder)
    }

    /// 1, 2, 3, …: for names that must differ.
    func nextNumber() -> Int {
        counter.withLock { number in
            number += 1
            return number
        }
    }

    /// Starts a role and returns at once.
    ///
    /// - Parameter umask: in octal digits; nil for that of the tests.
    func start(_ role: Role, umask: String? = nil) throws {
        let shell = umask.map { ["sh", "-c", #"umask "$0" && exec "$@""#, $0] } ?? []
        let program = try Program(
            shell + [Build.caster, role.rawValue], environment: settings.merging(["HOME": folder]) { $1 },
            directory: folder)
        running.withLock { $0[role] = program }
    }

    /// `kill -9`: the role's process alone, at once.
    func kill(_ role: Role) async throws {
        guard let program = program(role) else { return }
        Glibc.kill(program.pid, SIGKILL)
        try await program.wait()
    }

    /// Ends a role as Ctrl-C does, and returns how it ended.
    @discardableResult
    func stop(_ role: Role, with signal: Int32 = SIGINT) async throws -> Outcome? {
        guard let program = program(role) else { return nil }
        program.signal(signal)
        return try await program.wait(within: .seconds(30))
    }

    /// The role's process ID, nil before its start.
    func pid(_ role: Role) -> Int32? { program(role)?.pid }

    /// What the roles printed.
    var log: String {
        running.withLock { running in
            running.sorted { $0.key.rawValue < $1.key.rawValue }
                .map { "--- caster \($0.key.rawValue)\n\($0.value.printed)" }.joined()
        }
    }

    private func program(_ role: Role) -> Program? { running.withLock { $0[role] } }

    /// Starts every role and waits until SSH and the API answer.
    func start() async throws {
        for role in roles { try start(role) }
        try await waitUntilReady()
    }

    /// Throws if a role ends meanwhile.
    func waitUntilReady() async throws {
        var missing = ""
        do {
            try await eventually("the platform did not answer", within: .seconds(60)) {
                for role in roles {
                    if let outcome = program(role)?.outcome {
                        throw Failed(what: "caster \(role.rawValue)", outcome: outcome)
                    }
                }
                missing = try await whatIsMissing() ?? ""
                return missing.isEmpty
            }
        } catch let error as TimedOut {
            throw TimedOut(what: error.what, seen: missing)
        }
        try HostKeys.keep(from: dataFolder)
    }

    /// Nil once the API and SSH answer.
    private func whatIsMissing() async throws -> String? {
        do {
            let reply = try await api("GET", "/me")
            guard reply.status == 401 else { return "the API answered \(reply.status) \(reply.text)" }
        } catch  where !(error is CancellationError) {
            return "\(error)"
        }
        let scan = try await run(["ssh-keyscan", "-T", "2", "-t", "ed25519", "-p", "\(sshPort)", "127.0.0.1"])
        guard let key = scan.text.firstMatch(of: /ssh-ed25519 \S+/)?.0 else { return "SSH showed no key: \(scan.text)" }
        hostKey.withLock { $0 = String(key) }
        return nil
    }

    /// A line of a `known_hosts` file: people compare it with what the operator publishes.
    var knownHost: String { "[localhost]:\(sshPort) \(hostKey.withLock { $0 })\n" }

    /// Ends every role and what a killed one left, and removes the folder. A role that was asked to end and ended any
    /// other way than well is an issue of the test.
    func end() async {
        for role in roles.reversed() {
            await recordingErrors {
                let runs = program(role)?.outcome == nil
                let outcome = try await stop(role, with: SIGTERM)
                // One that was started a moment ago does not listen to signals yet.
                if runs, outcome?.status != 128 + SIGTERM { _ = try outcome?.orThrow(role.rawValue) }
            }
        }
        await recordingErrors {
            if let nginx = nginxPID {
                Glibc.kill(nginx, SIGTERM)
                try await eventually("nginx did not end") { nginxPID == nil }
            }
            try FileManager.default.removeItem(atPath: folder)
        }
    }

    private func recordingErrors(_ body: () async throws -> Void) async {
        do {
            try await body()
        } catch {
            Issue.record(error)
        }
    }

    /// The nginx master of this data folder, nil if it does not run.
    var nginxPID: Int32? {
        Processes.all.first { $0.words.first == "nginx:" && $0.words.contains("\(dataFolder)/edge/nginx.conf") }?.pid
    }
}

/// Starts a platform, hands it to `body`, and ends it whatever happens.
///
/// - Parameters:
///   - roles: one process, or `.apart`.
///   - settings: in addition to the ports and folders.
func withPlatform<Result>(
    roles: [Platform.Role] = [.serve], settings: [String: String] = [:],
    _ body: (Platform) async throws -> Result
) async throws -> Result {
    let platform = try Platform(roles: roles, settings: settings)
    do {
        try await platform.start()
        let result = try await body(platform)
        await platform.end()
        return result
    } catch {
        print(platform.log)
        await platform.end()
        throw error
    }
}

extension [Platform.Role] {
    /// Each role in a process of its own.
    static var apart: Self { [.build, .http, .ssh, .edge] }
}

/// Where the build put what is tested.
enum Build {
    /// The folder with `Package.swift`.
    static let repository = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .path(percentEncoded: false).trimmingTrailingSlash

    /// Beside the test bundle.
    static let caster: String = {
        let bundle = CommandLine.arguments.first { $0.hasSuffix(".xctest") } ?? CommandLine.arguments[0]
        let folder = URL(filePath: bundle).deletingLastPathComponent().path(percentEncoded: false)
        return [folder.trimmingTrailingSlash, "\(repository)/.build/debug"].map { "\($0)/caster" }
            .first { access($0, X_OK) == 0 } ?? "caster is not built"
    }()

    static func script(_ name: String) -> String { "\(repository)/Tests/EndToEnd/Scripts/\(name)" }
}

extension String {
    fileprivate var trimmingTrailingSlash: String { count > 1 && hasSuffix("/") ? String(dropLast()) : self }
}

/// An RSA host key of 4096 bits takes seconds: the first platform's are used for all others.
private enum HostKeys {
    private static let kept = Mutex<[String: Data]>([:])

    static func keep(from dataFolder: String) throws {
        try kept.withLock { kept in
            guard kept.isEmpty else { return }
            for name in try FileManager.default.contentsOfDirectory(atPath: "\(dataFolder)/keys") {
                kept[name] = try Data(contentsOf: URL(filePath: "\(dataFolder)/keys/\(name)"))
            }
        }
    }

    static func place(in dataFolder: String) throws {
        let kept = kept.withLock { $0 }
        guard !kept.isEmpty else { return }
        for path in [dataFolder, "\(dataFolder)/keys"] {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        }
        for (name, content) in kept {
            _ = FileManager.default.createFile(
                atPath: "\(dataFolder)/keys/\(name)", contents: content, attributes: [.posixPermissions: 0o600])
        }
    }
}
