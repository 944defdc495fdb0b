import CasterCore
import Glibc

/// A port that nginx will listen on.
enum ListeningPort {
    /// Throws the `EdgeError` that says why nginx could not listen there now; otherwise the port is as free as before.
    static func check(_ port: Int, _ configuration: EdgeConfiguration) throws(EdgeError) {
        let descriptor = socket(
            configuration.isIPv6 ? AF_INET6 : AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else {
            throw .system(call: "socket", path: configuration.socketAddress(port: port), code: errno)
        }
        defer { close(descriptor) }
        // As nginx does: connections that are closing are not in the way.
        var on: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout.size(ofValue: on)))
        if configuration.isIPv6, configuration.bind != "::" {
            setsockopt(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &on, socklen_t(MemoryLayout.size(ofValue: on)))
        }
        let bound = withAddress(configuration, port) { bind(descriptor, $0, $1) }
        guard bound == 0, listen(descriptor, 1) == 0 else {
            let setting = port == configuration.address.tlsPort ? "CASTER_TLS_PORT" : "CASTER_EDGE_PORT"
            switch errno {
            case EADDRINUSE: throw .portInUse(port, setting: setting)
            case EACCES: throw .portNotAllowed(port, setting: setting)
            case EADDRNOTAVAIL: throw .notHere(address: configuration.bind)
            case let code: throw .system(call: "bind", path: configuration.socketAddress(port: port), code: code)
            }
        }
    }

    private static func withAddress(
        _ configuration: EdgeConfiguration, _ number: Int, _ use: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) -> Int32 {
        let port = in_port_t(number).bigEndian
        if configuration.isIPv6 {
            var address = sockaddr_in6()
            address.sin6_family = sa_family_t(AF_INET6)
            address.sin6_port = port
            inet_pton(AF_INET6, configuration.bind, &address.sin6_addr)
            return generic(&address, use)
        }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port
        inet_pton(AF_INET, configuration.bind, &address.sin_addr)
        return generic(&address, use)
    }

    private static func generic<Address>(
        _ address: inout Address, _ use: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) -> Int32 {
        withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                use($0, socklen_t(MemoryLayout<Address>.size))
            }
        }
    }
}
