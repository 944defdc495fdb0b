import Glibc
import Testing

/// TCP ports on 127.0.0.1.
enum FreePort {
    static func find() throws -> Int {
        let taken = try TakenPort()
        return taken.port
    }
}

/// A port that something listens on, as long as this object lives.
final class TakenPort {
    let port: Int
    private let descriptor: Int32

    /// Below the range that the kernel gives to clients' ends, so that no connection of another test takes it meanwhile.
    init() throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var chosen: Int?
        for port in (20_000..<32_000).shuffled().prefix(100) where chosen == nil {
            address.sin_port = in_port_t(port).bigEndian
            let result = withUnsafePointer(to: &address) { [descriptor] in
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
            if result == 0, listen(descriptor, 1) == 0 { chosen = port }
        }
        port = chosen ?? 0
        try #require(chosen != nil)
    }

    deinit { close(descriptor) }
}
