import CasterControl
import CasterCore
import CasterDeploy
import Logging
import NIOCore
import NIOPosix

/// Listens to the git hooks of the pushes under way: takes the commits that they announce, and tells the people who
/// pushed what becomes of them.
struct HookServer: Sendable {
    let platform: Platform
    let pushes: Pushes
    let logger: Logger
    /// Bound, and open to this process's user only.
    private let socket: Int32

    /// How long a deployment may be silent before its pusher is told that it goes on.
    static let heartbeat = Duration.seconds(5)

    private typealias Connection = NIOAsyncChannel<ByteBuffer, ByteBuffer>

    /// Throws `SocketError`.
    init(platform: Platform, pushes: Pushes, logger: Logger) throws(SocketError) {
        self.platform = platform
        self.pushes = pushes
        self.logger = logger
        socket = try HookSocket.listen(at: platform.folder.hookSocket)
    }

    /// Serves until it is cancelled. To be called once.
    func run() async throws {
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(socket) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try Connection(wrappingChannelSynchronously: channel)
                }
            }
        try await withThrowingDiscardingTaskGroup { group in
            try await server.executeThenClose { connections in
                for try await connection in connections {
                    group.addTask { await serve(connection) }
                }
            }
            group.cancelAll()
        }
    }

    private func serve(_ connection: Connection) async {
        do {
            try await connection.executeThenClose { input, output in
                guard let message = try await Self.message(from: input) else { return }
                let answer = HookAnswer(output: output)
                guard let push = pushes.redeem(message.token) else {
                    try await answer.write("This push is not known here: nothing was deployed.\n")
                    return
                }
                try await PushReport(push: push, platform: platform, logger: logger, answer: answer)
                    .run(message.updates, heartbeat: Self.heartbeat)
                try await answer.write("")
            }
        } catch is CancellationError {
            // The server is stopping.
        } catch {
            // A hook whose client has left goes with it; what it announced goes on.
            logger.debug("a hook left", metadata: ["error": "\(error)"])
        }
    }

    /// Nil for what is no message. A hook that is silent is ended with its connection.
    private static func message(from input: NIOAsyncChannelInboundStream<ByteBuffer>) async throws -> HookMessage? {
        var bytes: [UInt8] = []
        for try await buffer in input {
            bytes += buffer.readableBytesView
            guard bytes.count <= HookMessage.byteLimit else { return nil }
            if HookMessage.isWhole(bytes) { return HookMessage(bytes) }
        }
        return nil
    }
}
