import Glibc

/// Where a connection comes from.
struct ClientAddress: Sendable, Hashable {
    /// What limits count by: an IPv4 address, or the /64 of an IPv6 one, which one person usually has whole.
    let network: [UInt8]
    /// For logs.
    let text: String

    init(_ storage: sockaddr_storage) {
        var storage = storage
        var host = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        let length = withUnsafePointer(to: &storage) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                getnameinfo(
                    $0, socklen_t(MemoryLayout<sockaddr_storage>.size), &host, socklen_t(host.count), nil, 0,
                    NI_NUMERICHOST)
            }
        }
        text = length == 0 ? host.withUnsafeBufferPointer { String(cString: $0.baseAddress!) } : "unknown"
        let family = Int32(storage.ss_family)
        network = withUnsafeBytes(of: &storage) { bytes in
            guard family == AF_INET6 else { return Array(bytes[4..<8]) }
            let address = Array(bytes[8..<24])
            let isMappedIPv4 = address.prefix(12).elementsEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff])
            return isMappedIPv4 ? Array(address.suffix(4)) : Array(address.prefix(8))
        }
    }
}
