import ArgumentParser
import CLinux
import CasterControl
import CasterCore
import CasterDeploy
import CasterEdge
import CasterHTTP
import CasterMetrics
import CasterSSH
import Foundation
import Logging
import Metrics
import ServiceLifecycle
import UnixSignals

struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Run all roles and nginx in the foreground.")
    @OptionGroup var options: SettingsOptions

    func run() async throws {
        try await Role.run(options) { role in
            let edge = try role.edge()
            let ssh = try await role.ssh()
            // Ended from the last to the first: nginx carries to their end what the HTTP front still answers.
            return [
                edge, role.worker(), role.http(), ssh, Welcome(edge: edge, platform: role.platform),
            ]
        }
    }
}

struct SSH: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ssh", abstract: "Take git pushes over SSH, into the data folder that all roles share.")
    @OptionGroup var options: SettingsOptions

    func run() async throws {
        try await Role.run(options) { role in [try await role.ssh()] }
    }
}

struct HTTP: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "http", abstract: "Answer the API on a unix socket in the data folder, behind the edge.")
    @OptionGroup var options: SettingsOptions

    func run() async throws {
        try await Role.run(options) { role in [role.http()] }
    }
}

struct Build: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Turn accepted deployments into live ones.")
    @OptionGroup var options: SettingsOptions

    func run() async throws {
        try await Role.run(options) { role in [role.worker()] }
    }
}

struct EdgeRole: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "edge", abstract: "Write nginx's one configuration, and run nginx with it.")
    @OptionGroup var options: SettingsOptions

    func run() async throws {
        try await Role.run(options) { role in [try role.edge()] }
    }
}

/// What the roles have in common: settings, the platform, and how each role's service is made.
struct Role {
    let settings: Settings
    let platform: Platform
    let logger: Logger

    /// Runs services until one fails or a signal asks for the end. Prints one sentence and exits with 1 if they cannot
    /// start.
    static func run(_ options: SettingsOptions, services: (Role) async throws -> [any Service]) async throws {
        clinux_single_malloc_arena()
        // A client that goes away is an error of a write, not the end of the process.
        signal(SIGPIPE, SIG_IGN)
        do {
            let settings = try await Settings(options)
            LoggingSystem.bootstrap(StreamLogHandler.standardError)
            var logger = Logger(label: "caster")
            logger.logLevel = settings.logLevel
            let platform = try Platform(
                folder: settings.folder, address: settings.address, names: settings.names, limits: settings.limits,
                logger: logger)
            defer { platform.close() }
            let metrics = PrometheusRegistry()
            MetricsSystem.bootstrap(metrics)
            let metricsSocket = try MetricsSocket(folder: platform.folder.metricsSockets) { metrics.text() }
            defer { metricsSocket.close() }
            let role = Role(settings: settings, platform: platform, logger: logger)
            var group = ServiceGroupConfiguration(
                services: try await services(role), gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
            group.maximumGracefulShutdownDuration = .seconds(15)
            // Then every task is cancelled. One that takes no notice must not keep the process for ever.
            group.maximumCancellationDuration = .seconds(10)
            try await ServiceGroup(configuration: group).run()
        } catch {
            FileHandle.standardError.write(Data("caster: \(error)\n".utf8))
            throw ExitCode.failure
        }
    }

    func worker() -> Worker { Worker(platform: platform, containers: settings.containers, logger: logger) }

    func http() -> HTTPFront { HTTPFront(platform: platform, logger: logger) }

    func ssh() async throws -> SSHServer {
        let executable = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
        let hook = executable.deletingLastPathComponent().appending(path: "caster-hook")
        return try await SSHServer(
            platform: platform, bind: settings.bind, port: settings.address.sshPort,
            hooksFolder: settings.hooksFolder, hookExecutable: hook.path(percentEncoded: false), logger: logger)
    }

    func edge() throws -> Edge {
        let configuration = try EdgeConfiguration(
            folder: platform.folder, address: platform.address, names: settings.names, bind: settings.bind,
            trustedProxies: settings.trustedProxies, limits: platform.limits)
        let edge = Edge(configuration: configuration, logger: logger)
        try edge.prepare()
        return edge
    }
}
