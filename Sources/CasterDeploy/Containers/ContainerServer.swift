import CasterControl
import CasterCore
import CasterEdge
import CasterEngine
import CasterStore
import Logging
import NIOCore
import NIOPosix

/// Listens to who needs a container: the edge, for a request to one that sleeps, and the fronts, for what one prints.
/// One line asks; a client that leaves ends what it asked for.
///
///     "wake <host>"         answered by "awake <address> <port>" or "none <why>"
///     "start <site>"        answered by "done", once the site's container answers, or by why it does not
///     "stop <site>"         answered by "done", once the site's container has ended, or by why it has not
///     "logs <site> <tail>"  answered by lines, until the client leaves
struct ContainerServer: Sendable {
    let containers: Containers
    let logger: Logger

    private typealias Connection = NIOAsyncChannel<ByteBuffer, ByteBuffer>

    /// Serves until it is cancelled. Throws `SocketError` if the socket cannot be bound.
    func run() async throws {
        let socket = try HookSocket.listen(at: containers.platform.folder.containerSocket)
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(socket) { channel in
                channel.eventLoop.makeCompletedFuture { try Connection(wrappingChannelSynchronously: channel) }
            }
        try await withThrowingDiscardingTaskGroup { group in
            try await server.executeThenClose { connections in
                for try await connection in connections { group.addTask { await serve(connection) } }
            }
            group.cancelAll()
        }
    }

    private func serve(_ connection: Connection) async {
        do {
            try await connection.executeThenClose { input, output in
                var lines = input.makeAsyncIterator()
                guard let request = try await Self.line(from: &lines) else { return }
                let words = request.split(separator: " ").map(String.init)
                switch (words.first, words.count) {
                case ("wake", 2): try await output.write(ByteBuffer(string: await wake(host: words[1])))
                case ("start", 2), ("stop", 2):
                    guard let site = SiteID(words[1]) else { return }
                    try await output.write(ByteBuffer(string: await control(site, starts: words[0] == "start") + "\n"))
                case ("logs", 3):
                    guard let site = SiteID(words[1]), let tail = Int(words[2]) else { return }
                    try await containers.printOutput(of: site, tail: tail) { line in
                        try await output.write(ByteBuffer(string: line + "\n"))
                    }
                default: return
                }
            }
        } catch is CancellationError {
            // The worker is stopping.
        } catch {
            logger.debug("who asked for a container left", metadata: ["error": "\(error)"])
        }
    }

    private func wake(host: String) async -> String {
        do {
            let route = try await containers.wake(host: host)
            guard case .awake(let address, let port) = route else { return "none asleep\n" }
            return "awake \(address) \(port)\n"
        } catch let refusal as Refusal {
            return "none \(refusal.sentence)\n"
        } catch {
            logger.error("a container cannot be woken", metadata: ["host": "\(host)", "error": "\(error)"])
            return "none the platform failed\n"
        }
    }

    /// What the owner asked for by hand.
    private func control(_ id: SiteID, starts: Bool) async -> String {
        do {
            guard let site = try await containers.platform.store.site(id) else { return "the site was deleted" }
            if starts {
                _ = try await containers.wake(site)
            } else {
                try await containers.stop(site)
            }
            return "done"
        } catch let refusal as Refusal {
            return refusal.sentence
        } catch {
            logger.error(
                "a container cannot be \(starts ? "started" : "stopped") by hand",
                metadata: ["site": "\(id.short)", "error": "\(error)"])
            return "the container engine does not do it: try again when the operator has looked after it"
        }
    }

    /// Nil for what is no line.
    private static func line(
        from input: inout NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
    ) async throws -> String? {
        var bytes: [UInt8] = []
        while let buffer = try await input.next() {
            bytes += buffer.readableBytesView
            if let end = bytes.firstIndex(of: UInt8(ascii: "\n")) {
                return String(decoding: bytes[..<end], as: UTF8.self)
            }
            guard bytes.count < 1024 else { return nil }
        }
        return nil
    }
}
