import Glibc

/// The TCP socket that clients connect to. Owns the descriptor.
final class ListeningSocket: Sendable {
    let descriptor: Int32
    /// As bound: the kernel's choice if 0 was asked for.
    let port: Int

    /// - Parameter address: an IP address or a name of this host.
    ///
    /// Throws `SSHStartError`.
    init(address: String, port: Int) throws(SSHStartError) {
        var hints = addrinfo()
        hints.ai_flags = AI_PASSIVE
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let result = getaddrinfo(address, String(port), &hints, &list)
        guard result == 0, let found = list?.pointee else {
            throw SSHStartError(
                "CASTER_BIND is \(address), which is no address of this host: \(String(cString: gai_strerror(result)))")
        }
        defer { freeaddrinfo(list) }
        let type = found.ai_socktype | Int32(SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        let descriptor = socket(found.ai_family, type, found.ai_protocol)
        var on: Int32 = 1
        guard descriptor >= 0,
            setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size)) == 0,
            bind(descriptor, found.ai_addr, found.ai_addrlen) == 0,
            listen(descriptor, 1024) == 0
        else {
            let code = errno
            if descriptor >= 0 { close(descriptor) }
            throw Self.failure(code, address: address, port: port)
        }
        self.descriptor = descriptor
        self.port = port == 0 ? Self.port(of: descriptor) : port
    }

    private static func failure(_ code: Int32, address: String, port: Int) -> SSHStartError {
        switch code {
        case EADDRINUSE:
            SSHStartError("port \(port) on \(address) is in use: stop what listens there, or set CASTER_SSH_PORT")
        case EACCES:
            SSHStartError("port \(port) on \(address) is not for this user: set CASTER_SSH_PORT to 1024 or more")
        default:
            SSHStartError("SSH cannot listen on \(address) port \(port): \(String(cString: strerror(code)))")
        }
    }

    private static func port(of descriptor: Int32) -> Int {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return withUnsafeMutablePointer(to: &storage) { pointer in
            let isKnown = pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                getsockname(descriptor, $0, &length) == 0
            }
            // The port is at the same place for IPv4 and IPv6.
            return isKnown
                ? pointer.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
                    Int(UInt16(bigEndian: $0.pointee.sin_port))
                }
                : 0
        }
    }

    deinit { close(descriptor) }
}
