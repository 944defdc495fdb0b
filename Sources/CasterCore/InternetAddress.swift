import Glibc

/// An IP address that anybody in the Internet could reach too: none of this machine, its network or a special purpose (IANA's
/// special-purpose registries, RFC 6890).
public struct InternetAddress: Sendable, Hashable {
    /// In the form that a URL's host has, without brackets.
    public let text: String

    /// Nil for what is no IP address, or a special one.
    public init?(_ raw: String) {
        var four = in_addr()
        var six = in6_addr()
        if inet_pton(AF_INET, raw, &four) == 1 {
            guard Self.isPublic(v4: UInt32(bigEndian: four.s_addr)) else { return nil }
        } else if inet_pton(AF_INET6, raw, &six) == 1 {
            guard Self.isPublic(v6: withUnsafeBytes(of: &six) { Array($0) }) else { return nil }
        } else {
            return nil
        }
        text = raw
    }

    private static let specialV4: [(network: UInt32, bits: UInt32)] = [
        (0x0000_0000, 8), (0x0a00_0000, 8), (0x6440_0000, 10), (0x7f00_0000, 8), (0xa9fe_0000, 16),
        (0xac10_0000, 12), (0xc000_0000, 24), (0xc000_0200, 24), (0xc058_6300, 24), (0xc0a8_0000, 16),
        (0xc612_0000, 15), (0xc633_6400, 24), (0xcb00_7100, 24), (0xe000_0000, 3),
    ]

    private static func isPublic(v4 address: UInt32) -> Bool {
        !specialV4.contains { address >> (32 - $0.bits) == $0.network >> (32 - $0.bits) }
    }

    /// Of 2000::/3, all that is handed out, but not what tunnels to IPv4, documents or serves protocols: 2001::/23,
    /// 2001:db8::/32, 2002::/16, 3fff::/20.
    private static func isPublic(v6 bytes: [UInt8]) -> Bool {
        guard bytes[0] >> 5 == 1 else { return false }
        switch (bytes[0], bytes[1]) {
        case (0x20, 0x01): return bytes[2] > 0x01 && !(bytes[2] == 0x0d && bytes[3] == 0xb8)
        case (0x20, 0x02): return false
        case (0x3f, 0xff): return bytes[2] >> 4 != 0
        default: return true
        }
    }
}
