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
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = descriptor
        let result = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && listen(descriptor, 1) == 0
                    && getsockname(descriptor, $0, &length) == 0
            }
        }
        port = Int(in_port_t(bigEndian: address.sin_port))
        try #require(result)
    }

    deinit { close(descriptor) }
}
