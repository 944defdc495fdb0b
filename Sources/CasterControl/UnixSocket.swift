import Glibc

/// The few socket calls of the roles' unix sockets.
enum UnixSocket {
    /// A socket bound to `path` with mode 0600; what stood there before is replaced.
    static func bound(to path: String, type: __socket_type) throws(SocketError) -> Int32 {
        let descriptor = socket(AF_UNIX, Int32(type.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw SocketError(path: path, code: errno) }
        unlink(path)
        let previous = umask(0o177)
        let result = withAddress(of: path) { bind(descriptor, $0, $1) }
        let code = errno
        umask(previous)
        guard result == 0 else {
            close(descriptor)
            throw SocketError(path: path, code: result == nil ? ENAMETOOLONG : code)
        }
        return descriptor
    }

    /// Sends one datagram without waiting: 0, or an `errno` value.
    static func send(_ text: String, to path: String, from descriptor: Int32) -> Int32 {
        let bytes = Array(text.utf8)
        let result = withAddress(of: path) { address, length in
            sendto(descriptor, bytes, bytes.count, Int32(MSG_DONTWAIT), address, length)
        }
        guard let result else { return ENAMETOOLONG }
        return result < 0 ? errno : 0
    }

    /// The sockets in a folder, each named `….sock`.
    static func paths(in folder: String) -> [String] {
        guard let listing = opendir(folder) else { return [] }
        defer { closedir(listing) }
        var paths: [String] = []
        while let entry = readdir(listing) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name.hasSuffix(".sock") { paths.append("\(folder)/\(name)") }
        }
        return paths
    }

    /// Nil if the path does not fit into a unix socket's address (107 bytes).
    static func withAddress<Result>(
        of path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
    ) -> Result? {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else { return nil }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }
}

/// A unix socket that could not be used.
public struct SocketError: Error, Sendable, CustomStringConvertible {
    public let path: String
    /// An `errno` value.
    public let code: Int32

    public var description: String {
        code == ENAMETOOLONG
            ? "\(path) is too long for a unix socket (107 bytes): choose a shorter CASTER_DATA_DIR"
            : "\(path): \(String(cString: strerror(code)))"
    }
}
