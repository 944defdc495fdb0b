import Glibc
import Synchronization

/// What somebody may wait for.
public enum Wake: Sendable, Hashable {
    /// A deployment waits for a worker.
    case queue
    /// A site was deleted, and waits to be removed.
    case removal
    /// DNS records, domains or certificates are to be looked after.
    case names
    /// Something about this deployment changed.
    case deployment(Int64)

    fileprivate init?(_ text: String) {
        switch text {
        case "queue": self = .queue
        case "removal": self = .removal
        case "names": self = .names
        default:
            guard let id = Int64(text) else { return nil }
            self = .deployment(id)
        }
    }

    fileprivate var text: String {
        switch self {
        case .queue: "queue"
        case .removal: "removal"
        case .names: "names"
        case .deployment(let id): String(id)
        }
    }
}

/// Tells every role, in this process or another, that something changed: a datagram to each socket in one folder. A datagram may be lost; so each subscriber is also woken every 2 s, and looks for itself.
public final class WakeSocket: Sendable {
    private let folder: String
    private let path: String
    private let descriptor: Int32
    private let subscribers = Mutex<(next: Int, waiting: [Int: Subscriber])>((0, [:]))

    private struct Subscriber {
        let wake: Wake
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

    /// Wakes whoever waits for this, in every process. Costs one `sendto(2)` for each role.
    public func send(_ wake: Wake) {
        for target in UnixSocket.paths(in: folder) {
            if UnixSocket.send(wake.text, to: target, from: descriptor) == ECONNREFUSED {
                unlink(target)  // its process is gone
            }
        }
    }

    /// One element now and then: at once when somebody sends this, and every 2 s. Wake-ups that nobody fetched yet count
    /// as one.
    public func wakes(for wake: Wake) -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let id = subscribers.withLock { subscribers in
            subscribers.next += 1
            subscribers.waiting[subscribers.next] = Subscriber(wake: wake, continuation: continuation)
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
            guard let wake = Wake(String(decoding: buffer.prefix(count), as: UTF8.self)) else { continue }
            wakeSubscribers { $0 == wake }
        }
    }

    private func wakeSubscribers(where matches: (Wake) -> Bool) {
        let woken = subscribers.withLock { subscribers in
            subscribers.waiting.values.filter { matches($0.wake) }.map(\.continuation)
        }
        for continuation in woken { continuation.yield() }
    }

    deinit { Glibc.close(descriptor) }
}
