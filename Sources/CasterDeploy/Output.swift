import CasterControl
import CasterCore
import CasterEngine
import CasterStore
import Foundation
import Glibc
import Logging
import NIOCore
import NIOPosix

/// What somebody who follows a site's output is told.
public enum OutputEvent: Sendable {
    case line(String)
    /// Nothing was printed for a while: for whoever must show that the connection lives.
    case silence
}

extension Platform {
    /// Opens what a site's container prints: a connected socket that gives whole lines, the last `tail` first and then
    /// those to come, until it is closed. The caller closes it.
    ///
    /// Throws `Refusal.conflict` if the site has no container, and `.unavailable` if the worker does not answer.
    public func openOutput(of site: Site, tail: Int) async throws -> Int32 {
        guard try await store.liveDeployment(of: site)?.image != nil else {
            throw Refusal.conflict(
                "this site has no container that prints anything: its live deployment has no Dockerfile")
        }
        let path = folder.containerSocket
        do {
            return try await BlockingThreads.disk {
                try ContainerSocket.ask("logs \(site.siteID.hex) \(tail)", at: path)
            }
        } catch let error as SocketError {
            logger.error("the worker does not answer: is it running?", metadata: ["error": "\(error)"])
            throw Refusal.unavailable("the container's output cannot be read at the moment: try again in a few seconds")
        }
    }

    /// The same as events. Who reads slowly misses lines, the oldest first, once a thousand wait.
    public func output(of site: Site, tail: Int) async throws -> AsyncThrowingStream<OutputEvent, any Error> {
        let socket = try await openOutput(of: site, tail: tail)
        let channel = try await Self.channel(over: socket)
        return AsyncThrowingStream(bufferingPolicy: .bufferingNewest(1000)) { continuation in
            let task = Task {
                do {
                    try await Self.read(channel) { continuation.yield($0) }
                    continuation.finish()
                } catch {
                    continuation.finish(throwing: error)
                }
            }
            continuation.onTermination = { _ in task.cancel() }
        }
    }

    /// The socket as a channel, which closes it. If that fails, it is closed already.
    static func channel(over socket: Int32) async throws -> NIOAsyncChannel<ByteBuffer, ByteBuffer> {
        do {
            return try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .withConnectedSocket(socket) { channel in
                    channel.eventLoop.makeCompletedFuture { try .init(wrappingChannelSynchronously: channel) }
                }
        } catch {
            Glibc.close(socket)
            throw error
        }
    }

    private static func read(
        _ channel: NIOAsyncChannel<ByteBuffer, ByteBuffer>, _ yield: @escaping @Sendable (OutputEvent) -> Void
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                while true {
                    try await Task.sleep(for: .seconds(15))
                    yield(.silence)
                }
            }
            group.addTask {
                try await channel.executeThenClose { input, _ in
                    var lines = LineSplitter(limit: 1 << 14)
                    for try await bytes in input {
                        for line in lines.add(bytes.readableBytesView) {
                            yield(.line(String(decoding: line, as: UTF8.self)))
                        }
                    }
                }
            }
            defer { group.cancelAll() }
            try await group.next()
        }
    }
}
