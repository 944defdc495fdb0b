import Glibc

/// Shows what a process has counted to the role that answers `/metrics`, which may be another process: whoever connects
/// to the socket reads the text, and the end.
public final class MetricsSocket: Sendable {
    private let path: String
    private let descriptor: Int32
    private let text: @Sendable () -> String

    /// Binds a socket of its own (mode 0600) in `folder`, which exists, and starts the thread that answers.
    ///
    /// Throws `SocketError`.
    public init(folder: String, text: @escaping @Sendable () -> String) throws(SocketError) {
        var random = SystemRandomNumberGenerator()
        path = "\(folder)/\(String(random.next() as UInt64, radix: 36)).sock"
        self.text = text
        descriptor = try UnixSocket.bound(to: path, type: SOCK_STREAM)
        guard listen(descriptor, 16) == 0 else { throw SocketError(path: path, code: errno) }
        let failure = DetachedThread.start { [self] in answer() }
        guard failure == 0 else { throw SocketError(path: path, code: failure) }
    }

    /// What every process with a socket in `folder` has counted. Blocks, at most 1 s for a process that does not
    /// answer; one that is gone counts for nothing.
    public static func texts(in folder: String) -> [String] {
        UnixSocket.paths(in: folder).compactMap { path in
            do throws(SocketError) {
                let descriptor = try UnixSocket.connected(to: path)
                defer { Glibc.close(descriptor) }
                return try UnixSocket.readToEnd(descriptor, seconds: 1, path: path)
            } catch {
                if error.code == ECONNREFUSED { unlink(path) }
                return nil
            }
        }
    }

    /// Ends the thread and removes the socket.
    public func close() {
        unlink(path)
        shutdown(descriptor, Int32(SHUT_RDWR))
    }

    private func answer() {
        while true {
            let connection = accept(descriptor, nil, nil)
            if connection < 0 {
                if errno == EINTR || errno == ECONNABORTED { continue }
                return
            }
            // A reader that does not read is not waited for.
            UnixSocket.limit(connection, SO_SNDTIMEO, seconds: 1)
            var bytes = Array(text().utf8)[...]
            while !bytes.isEmpty {
                let count = bytes.withUnsafeBytes { send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
                guard count > 0 else { break }
                bytes = bytes.dropFirst(count)
            }
            Glibc.close(connection)
        }
    }

    deinit { Glibc.close(descriptor) }
}

extension UnixSocket {
    fileprivate static func limit(_ descriptor: Int32, _ option: Int32, seconds: Int) {
        var limit = timeval(tv_sec: seconds, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, option, &limit, socklen_t(MemoryLayout<timeval>.size))
    }

    fileprivate static func readToEnd(
        _ descriptor: Int32, seconds: Int, path: String
    ) throws(SocketError) -> String {
        limit(descriptor, SO_RCVTIMEO, seconds: seconds)
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            if count == 0 { return String(decoding: bytes, as: UTF8.self) }
            guard count > 0 else { throw SocketError(path: path, code: errno) }
            bytes += buffer.prefix(count)
        }
    }
}
