import Glibc
import Synchronization
import Testing

/// A stand-in for the HTTP front: one connection at a time on its socket, each request answered by a closure.
final class UnixUpstream: Sendable {
    private let listener: Int32

    /// - Parameter answer: gets a request's head and a way to send bytes.
    init(path: String, answer: @escaping @Sendable (String, (String) -> Void) -> Void) throws {
        listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let descriptor = listener
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        try #require(result == 0 && listen(listener, 16) == 0)
        Thread.start {
            while case let connection = accept(descriptor, nil, nil), connection >= 0 {
                Self.serve(connection, answer)
                close(connection)
            }
        }
    }

    /// Ends the thread too.
    func stop() { shutdown(listener, Int32(SHUT_RDWR)) }

    deinit { close(listener) }

    private static func serve(_ connection: Int32, _ answer: (String, (String) -> Void) -> Void) {
        var text = ""
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        while case let count = read(connection, &bytes, bytes.count), count > 0 {
            text += String(decoding: bytes.prefix(count), as: UTF8.self)
            guard text.contains("\r\n\r\n") else { continue }
            answer(text) { part in
                var part = part
                part.withUTF8 { _ = send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            }
            return
        }
    }

    private enum Thread {
        static func start(_ body: @escaping @Sendable () -> Void) {
            let box = Unmanaged.passRetained(Box(body))
            var thread = pthread_t()
            pthread_create(
                &thread, nil,
                { pointer in
                    Unmanaged<Box>.fromOpaque(pointer!).takeRetainedValue().body()
                    return nil
                }, box.toOpaque())
            pthread_detach(thread)
        }

        private final class Box: Sendable {
            let body: @Sendable () -> Void
            init(_ body: @escaping @Sendable () -> Void) { self.body = body }
        }
    }
}
