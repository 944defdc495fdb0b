import CasterCore
import CasterEdge
import Foundation
import Logging
import ServiceLifecycle
import Testing

/// A data folder below the temporary folder, a free port, and what a release writer and a browser do with them.
struct EdgeFixture: Sendable {
    let folder: DataFolder
    let port: Int
    let domain: String
    let routes: Routes
    let logger: Logger

    init(domain: String = "caster.localhost") throws {
        let root = "/tmp/caster-edge-\(UInt64.random(in: .min ... .max))"
        folder = DataFolder(root: root)
        self.domain = domain
        port = try FreePort.find()
        routes = Routes(folder: folder)
        logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        try routes.prepare()
        try FileManager.default.createDirectory(atPath: folder.run, withIntermediateDirectories: true)
    }

    func remove() throws { try FileManager.default.removeItem(atPath: folder.root) }

    var probe: HTTPProbe { HTTPProbe(port: port) }

    func configuration(domain: String? = nil) throws -> EdgeConfiguration {
        try EdgeConfiguration(
            folder: folder,
            address: PublicAddress(domain: domain ?? self.domain, scheme: "http", edgePort: port, sshPort: 2222),
            bind: "127.0.0.1", limits: Limits())
    }

    func edge(domain: String? = nil) throws -> Edge {
        Edge(configuration: try configuration(domain: domain), logger: logger)
    }

    /// Writes a release as the platform does: the time of each file stands for its content.
    func release(_ id: Int, site: String = "0123456789abcdef0123456789abcdef", _ files: [String: String]) throws
        -> String
    {
        let release = "\(folder.sites)/\(site)/\(id)"
        for (name, content) in files {
            let path = "\(release)/\(name)"
            let parent = URL(filePath: path).deletingLastPathComponent()
            try FileManager.default.createDirectory(at: parent, withIntermediateDirectories: true)
            try Data(content.utf8).write(to: URL(filePath: path))
            let digest = Secret.sha256(content.utf8).prefix(4).reduce(0) { $0 << 8 | Int($1) }
            let times = [timespec(tv_sec: digest, tv_nsec: 0), timespec(tv_sec: digest, tv_nsec: 0)]
            try #require(utimensat(AT_FDCWD, path, times, 0) == 0)
        }
        return release
    }

    /// Makes files live at `<label>.<domain>`, and returns that host.
    @discardableResult func deploy(_ files: [String: String], id: Int = 1, label: String = "01234567") throws -> String
    {
        let host = "\(label).\(domain)"
        let site = label.padding(toLength: 32, withPad: "0", startingAt: 0)
        try routes.switchTo(host: host, release: release(id, site: site, files))
        return host
    }
}

/// Runs `body` beside an edge that listens, and shuts that down afterwards.
func withEdge(_ body: @Sendable (EdgeFixture) async throws -> Void) async throws {
    let fixture = try EdgeFixture()
    let edge = try fixture.edge()
    try edge.prepare()
    try await running(edge) { try await body(fixture) }
    try fixture.remove()
}

/// Runs `body` once the edge listens, then shuts it down gracefully and waits for that.
func running(_ edge: Edge, _ body: @Sendable () async throws -> Void) async throws {
    let group = ServiceGroup(
        services: [edge], logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
    try await withThrowingTaskGroup(of: Void.self) { tasks in
        tasks.addTask { try await group.run() }
        let outcome: Result<Void, any Error>
        do {
            try await edge.waitUntilListening()
            try await body()
            outcome = .success(())
        } catch {
            outcome = .failure(error)
        }
        await group.triggerGracefulShutdown()
        try await tasks.waitForAll()
        try outcome.get()
    }
}

/// Polls until `condition` holds, and fails after 10 s.
func eventually(_ condition: () throws -> Bool) async throws {
    let deadline = ContinuousClock.now + .seconds(10)
    while try !condition() {
        try #require(ContinuousClock.now < deadline, "it did not happen within 10 s")
        try await Task.sleep(for: .milliseconds(5))
    }
}
