import Glibc

/// The unix stream socket on which the platform waits for its git hooks.
public enum HookSocket {
    /// A listening socket at `path`, mode 0600, in the place of what an earlier process left there.
    ///
    /// Throws `SocketError`, with `EADDRINUSE` if another process listens there now.
    public static func listen(at path: String) throws(SocketError) -> Int32 {
        if UnixSocket.isAnswered(at: path) { throw SocketError(path: path, code: EADDRINUSE) }
        let descriptor = try UnixSocket.bound(to: path, type: SOCK_STREAM)
        guard Glibc.listen(descriptor, 512) == 0 else {
            let code = errno
            close(descriptor)
            throw SocketError(path: path, code: code)
        }
        return descriptor
    }
}

extension UnixSocket {
    /// Somebody listens on the socket at `path`.
    fileprivate static func isAnswered(at path: String) -> Bool {
        do {
            close(try connected(to: path))
            return true
        } catch {
            return false
        }
    }

    /// A stream connected to the socket at `path`. Throws `SocketError`.
    static func connected(to path: String) throws(SocketError) -> Int32 {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw SocketError(path: path, code: errno) }
        let result = withAddress(of: path) { connect(descriptor, $0, $1) }
        guard result == 0 else {
            let code = errno
            close(descriptor)
            throw SocketError(path: path, code: result == nil ? ENAMETOOLONG : code)
        }
        return descriptor
    }
}
