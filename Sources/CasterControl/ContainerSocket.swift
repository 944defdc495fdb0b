import Glibc

/// The client's end of the unix socket on which the worker listens to who needs a container.
public enum ContainerSocket {
    /// A connection on which one line has asked for something; the caller closes it. Blocks for as long as the worker
    /// takes to accept it.
    ///
    /// Throws `SocketError`.
    public static func ask(_ line: String, at path: String) throws(SocketError) -> Int32 {
        let descriptor = try UnixSocket.connected(to: path)
        let bytes = Array((line + "\n").utf8)
        guard send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count else {
            let code = errno
            close(descriptor)
            throw SocketError(path: path, code: code)
        }
        return descriptor
    }
}
