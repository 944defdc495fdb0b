import Foundation
import Glibc
import Synchronization
import Testing

/// A container engine of the tests' own: a socket, a data folder and base images that nobody else has.
final class Dockerd: Sendable {
    let folder: String
    private let program = Mutex<Program?>(nil)

    var socket: String { "\(folder)/d.sock" }
    /// As `DOCKER_HOST` has it.
    var address: String { "unix://\(socket)" }

    private init() throws {
        folder = "/tmp/cd\(UInt32.random(in: .min ... .max))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
    }

    /// The one that most tests share, started by the first of them; it ends with the test process.
    static func shared() async throws -> Dockerd {
        try await SharedDockerd.instance.get()
    }

    /// One that a test may break.
    static func started() async throws -> Dockerd {
        let engine = try Dockerd()
        try await engine.start()
        let tar = try await run(["python3", Build.script("base_image.py")], merged: false).orThrow("base_image.py")
        _ = try await engine.call(
            "POST", "/images/create?fromSrc=-&repo=base&tag=latest", body: tar.output, type: "application/x-tar")
        return engine
    }

    func start() async throws {
        // Of an earlier one that was killed: its number may be that of a process that nobody has collected yet.
        for file in ["pid", "exec/containerd/containerd.pid"] { unlink("\(folder)/\(file)") }
        let started = try Program(
            [
                "dockerd", "--host", address, "--data-root", "\(folder)/data", "--exec-root", "\(folder)/exec",
                "--pidfile", "\(folder)/pid", "--bridge", "none", "--shutdown-timeout", "3",
            ], environment: ["HOME": folder])
        program.withLock { $0 = started }
        try await eventually("dockerd did not answer", within: .seconds(60)) {
            if let outcome = started.outcome { throw Failed(what: "dockerd", outcome: outcome) }
            return try await run(["curl", "-sf", "--unix-socket", socket, "http://d/version"]).succeeded
        }
    }

    /// `kill -9`, of the engine alone: its containers go on.
    func kill() async throws {
        guard let running = program.withLock({ $0 }) else { return }
        Glibc.kill(running.pid, SIGKILL)
        try await running.wait()
    }

    /// A call of the Engine API; throws unless it succeeds.
    @discardableResult
    func call(_ method: String, _ path: String, body: Data? = nil, type: String = "application/json") async throws
        -> JSON
    {
        let options = body == nil ? [] : ["-H", "Content-Type: \(type)", "--data-binary", "@-"]
        let outcome = try await run(
            ["curl", "-s", "-f", "-X", method, "--unix-socket", socket] + options + ["http://d/v1.41\(path)"],
            input: body ?? Data(), merged: false
        ).orThrow("\(method) \(path)")
        return outcome.output.isEmpty ? .null : try JSONDecoder().decode(JSON.self, from: outcome.output)
    }

    /// Names of all containers, running or not.
    func containers() async throws -> [String] {
        try await call("GET", "/containers/json?all=1").array?.compactMap { $0["Names"]?.array?.first?.string } ?? []
    }

    /// Names of the containers of a site, running ones only.
    func running(_ site: Site) async throws -> [String] {
        try await call("GET", "/containers/json").array?
            .compactMap { $0["Names"]?.array?.first?.string }.filter { $0.contains(site.short) } ?? []
    }

    func networks() async throws -> [String] {
        try await call("GET", "/networks").array?.compactMap { $0["Name"]?.string }.filter { $0.hasPrefix("caster-") }
            ?? []
    }

    /// Tags and IDs of the images that platforms made.
    func images() async throws -> [String] {
        try await call("GET", "/images/json").array?
            .flatMap { $0["RepoTags"]?.array ?? [] }.compactMap(\.string).filter { $0.hasPrefix("caster-") } ?? []
    }

    /// IDs of the images that have neither a name nor an image above them.
    func namelessImages() async throws -> [String] {
        try await call("GET", "/images/json?filters=%7B%22dangling%22%3A%5B%22true%22%5D%7D").array?
            .compactMap { $0["Id"]?.string } ?? []
    }

    /// Removes what platforms made.
    func clean() async throws {
        // One of a build that was cancelled may be on its way out by itself, which is an error here.
        try await eventually("a container cannot be removed") {
            for name in try await containers() { _ = try? await call("DELETE", "/containers\(name)?force=1&v=1") }
            return try await containers().isEmpty
        }
        for name in try await networks() { try await call("DELETE", "/networks/\(name)") }
        for tag in try await images() { try await call("DELETE", "/images/\(tag)?force=1") }
        // Of builds that a stop or a crash of the platform cut off.
        for id in try await namelessImages() { try await call("DELETE", "/images/\(id)?force=1") }
    }

    /// Ends it and removes its folder. Blocks.
    func end() {
        if let running = program.withLock({ $0 }) {
            Glibc.kill(running.pid, SIGTERM)
            let deadline = time(nil) + 20
            while running.outcome == nil, time(nil) < deadline { usleep(50_000) }
        }
        removeTree()
    }

    private func removeTree() {
        // Mounts of containers that the engine did not end keep the folder.
        let mounts = (try? String(contentsOfFile: "/proc/self/mounts", encoding: .utf8)) ?? ""
        for line in mounts.split(separator: "\n") {
            let words = line.split(separator: " ")
            if words.count > 1, words[1].hasPrefix(folder) { umount2(String(words[1]), Int32(MNT_DETACH)) }
        }
        try? FileManager.default.removeItem(atPath: folder)
    }
}

private actor SharedDockerd {
    static let instance = SharedDockerd()
    private var engine: Dockerd?
    private static let ended = Mutex<Dockerd?>(nil)

    func get() async throws -> Dockerd {
        if let engine { return engine }
        let started = try await Dockerd.started()
        engine = started
        Self.ended.withLock { $0 = started }
        atexit { SharedDockerd.ended.withLock { $0 }?.end() }
        return started
    }
}

/// A platform beside a container engine; what it made is removed afterwards.
func withContainers<Result>(
    roles: [Platform.Role] = [.serve], settings: [String: String] = [:], engine: Dockerd? = nil,
    _ body: (Platform, Dockerd) async throws -> Result
) async throws -> Result {
    let engine = if let engine { engine } else { try await Dockerd.shared() }
    let all = [
        "DOCKER_HOST": engine.address, "CASTER_STOP_SECONDS": "2", "CASTER_HEALTH_INTERVAL": "50",
    ].merging(settings) { $1 }
    do {
        let result = try await withPlatform(roles: roles, settings: all) { platform in try await body(platform, engine)
        }
        try await engine.clean()
        return result
    } catch {
        do {
            try await engine.clean()
        } catch {
            print("withContainers: not removed: \(error)")
        }
        throw error
    }
}
