import Glibc
import Synchronization

/// Tells every role, in this process or another, that something about a deployment changed: a datagram to each socket
/// in one folder. A datagram may be lost; so each subscriber is also woken every 2 s, and looks for itself.
public final class WakeSocket: Sendable {
    private let folder: String
    private let path: String
    private let descriptor: Int32
    private let subscribers = Mutex<(next: Int, waiting: [Int: Subscriber])>((0, [:]))

    private struct Subscriber {
        /// Nil: every deployment.
        let deployment: Int64?
        let continuation: AsyncStream<Void>.Continuation
    }

    /// Binds a socket of its own (mode 0600) in `folder`, which exists, and starts the thread that reads it.
    ///
    /// Throws `SocketError`.
    public init(folder: String) throws(SocketError) {
        self.folder = folder
        var random = SystemRandomNumberGenerator()
        path = "\(folder)/\(String(random.next() as UInt64, radix: 36)).sock"
        descriptor = try UnixSocket.bound(to: path, type: SOCK_DGRAM)
        let failure = DetachedThread.start { [self] in receive() }
        guard failure == 0 else { throw SocketError(path: path, code: failure) }
    }

    /// Wakes whoever waits for this deployment, in every process. Costs one `sendto(2)` for each role.
    public func wake(deployment: Int64) {
        for target in UnixSocket.paths(in: folder) {
            if UnixSocket.send(String(deployment), to: target, from: descriptor) == ECONNREFUSED {
                unlink(target)  // its process is gone
            }
        }
    }

    /// One element now and then: at once when `deployment` (any, if nil) changed, and every 2 s. Wake-ups that nobody
    /// fetched yet count as one.
    public func wakes(for deployment: Int64? = nil) -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let id = subscribers.withLock { subscribers in
            subscribers.next += 1
            subscribers.waiting[subscribers.next] = Subscriber(deployment: deployment, continuation: continuation)
            return subscribers.next
        }
        continuation.onTermination = { [weak self] _ in
            self?.subscribers.withLock { _ = $0.waiting.removeValue(forKey: id) }
        }
        return stream
    }

    /// Ends the thread and removes the socket. Subscribers are woken no more.
    public func close() {
        unlink(path)
        shutdown(descriptor, Int32(SHUT_RDWR))
    }

    private func receive() {
        var buffer = [UInt8](repeating: 0, count: 32)
        var poller = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        while true {
            let ready = poll(&poller, 1, 2000)
            if ready == 0 {
                wakeSubscribers { _ in true }
                continue
            }
            let count = recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
            if count == 0 { return }
            guard count > 0 else { continue }
            guard let changed = Int64(String(decoding: buffer.prefix(count), as: UTF8.self)) else { continue }
            wakeSubscribers { $0 == nil || $0 == changed }
        }
    }

    private func wakeSubscribers(where matches: (Int64?) -> Bool) {
        let woken = subscribers.withLock { subscribers in
            subscribers.waiting.values.filter { matches($0.deployment) }.map(\.continuation)
        }
        for continuation in woken { continuation.yield() }
    }

    deinit { Glibc.close(descriptor) }
}
