import CasterCore
import CasterDeploy
import CasterProcess
import Glibc
import Logging
import ServiceLifecycle

/// The SSH front: `git push`, `fetch` and `clone`, for many clients at once, each on a thread of its own; and the socket
/// to which their pushes' hooks report.
public struct SSHServer: Service, CustomStringConvertible {
    public let description = "SSH server"

    /// The port it listens on.
    public let port: Int

    private let socket: ListeningSocket
    private let sessions: SessionFactory
    private let context: ServerContext
    private let hooks: HookServer
    private let logger: Logger

    /// How long sessions under way may go on after a graceful shutdown has begun.
    static let grace = Duration.seconds(5)
    /// How long closing them takes at most.
    private static let closing = Duration.seconds(16)

    /// Makes the host keys, if there are none, and binds both sockets: once this returns, clients can connect, and are
    /// served as soon as `run()` is.
    ///
    /// - Parameters:
    ///   - bind: address or host name to listen on.
    ///   - port: TCP port; 0 lets the kernel choose.
    ///   - hooksFolder: absolute path of the folder with `post-receive`.
    ///   - hookExecutable: absolute path of `caster-hook`.
    ///
    /// Throws `SSHStartError` or `SocketError`, each with a sentence for the operator.
    public init(
        platform: Platform, bind: String, port: Int, hooksFolder: String, hookExecutable: String, logger: Logger
    ) async throws {
        guard let git = InstalledProgram.path(of: "git") else {
            throw SSHStartError("git is not installed: install Debian's git")
        }
        for path in ["\(hooksFolder)/post-receive", hookExecutable]
        where access(path, X_OK) != 0 || !path.hasPrefix("/") {
            throw SSHStartError("\(path) is needed for pushes, and is not there or cannot be executed")
        }
        socket = try ListeningSocket(address: bind, port: port)
        self.port = socket.port
        sessions = try await OwnThread.run {
            try SessionFactory(hostKeys: HostKeys.prepare(in: platform.folder.keys))
        }
        let pushes = Pushes()
        hooks = try HookServer(platform: platform, pushes: pushes, logger: logger)
        context = ServerContext(
            platform: platform, pushes: pushes,
            git: GitProgram(
                path: git, hooksFolder: hooksFolder, hookExecutable: hookExecutable,
                hookSocket: platform.folder.hookSocket, limits: platform.limits),
            stop: try StopSignal())
        self.logger = logger
    }

    /// Serves until it is shut down: then it accepts nobody any more, gives sessions some seconds to end, and closes
    /// the others.
    public func run() async throws {
        let admission = Admission(limits: context.platform.limits)
        let stopAccepting = try StopSignal()
        let acceptor = Acceptor(socket: socket, admission: admission, stop: stopAccepting, logger: logger) {
            [sessions, context, logger] descriptor, address in
            guard let session = sessions.session(on: descriptor) else { return }
            var logger = logger
            logger[metadataKey: "address"] = "\(address.text)"
            Connection(session: session, server: context, logger: logger).run()
        }
        try OwnThread.start { acceptor.run() }
        defer { stopAccepting.give() }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await hooks.run() }
            group.addTask { [context, logger] in
                do {
                    try await gracefulShutdown()
                } catch is CancellationError {
                    // Stopping at once is stopping too.
                }
                stopAccepting.give()
                if await admission.waitUntilEmpty(within: Task.isCancelled ? .zero : Self.grace) { return }
                context.stop.give()
                if await !admission.waitUntilEmpty(within: Self.closing) {
                    logger.error("SSH connections did not end in time", metadata: ["count": "\(admission.count)"])
                }
            }
            // Hooks are answered as long as sessions run.
            try await group.next()
            group.cancelAll()
        }
    }
}
