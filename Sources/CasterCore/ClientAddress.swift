import Glibc

/// The address of a client, as far as limits tell clients apart: IPv4 whole, IPv6 by its /64, which one household has.
public struct ClientAddress: Sendable, Hashable {
    public let text: String

    /// This machine.
    public static let loopback = ClientAddress(text: "127.0.0.1")

    /// Whether it is this machine's, by either version of IP.
    public var isLoopback: Bool { text.hasPrefix("127.") || text == "0000000000000000::/64" }

    private init(text: String) { self.text = text }

    /// Returns nil for what is no IP address.
    public init?(_ raw: String) {
        var four = in_addr()
        var six = in6_addr()
        if inet_pton(AF_INET, raw, &four) == 1 {
            text = raw
        } else if inet_pton(AF_INET6, raw, &six) == 1 {
            let bytes = withUnsafeBytes(of: &six) { Array($0) }
            if bytes.prefix(10).allSatisfy({ $0 == 0 }), bytes[10] == 0xff, bytes[11] == 0xff {
                text = bytes.suffix(4).map(String.init).joined(separator: ".")
            } else {
                text = Secret.hex(bytes.prefix(8)) + "::/64"
            }
        } else {
            return nil
        }
    }
}
