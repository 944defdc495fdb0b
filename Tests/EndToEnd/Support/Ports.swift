import Glibc
import Synchronization

/// TCP ports of the loopback for servers under test.
enum Ports {
    private static let given = Mutex<Set<Int>>([])

    /// A port on which nothing listens, another one each time. It is below those that the kernel gives to clients, so
    /// that none of these takes it while a server is started anew.
    static func free() -> Int {
        while true {
            let port = Int.random(in: 20_000..<32_000)
            if isFree(port), given.withLock({ $0.insert(port).inserted }) { return port }
        }
    }

    /// Whether a server could listen on it now.
    static func isFree(_ port: Int) -> Bool {
        guard let descriptor = listen(on: port) else { return false }
        close(descriptor)
        return true
    }

    /// A socket that listens; the caller closes it. Nil if the port is taken.
    static func listen(on port: Int) -> Int32? {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var on: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = UInt32(INADDR_LOOPBACK).bigEndian
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard bound == 0, Glibc.listen(descriptor, 16) == 0 else {
            close(descriptor)
            return nil
        }
        return descriptor
    }
}
