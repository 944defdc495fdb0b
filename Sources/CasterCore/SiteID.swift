/// The identity of a site: 128 random bits, written as 32 lower-case hex digits. It never changes.
public struct SiteID: Sendable, Hashable, CustomStringConvertible {
    /// 32 lower-case hex digits.
    public let hex: String

    /// Returns nil unless `hex` is 32 lower-case hex digits.
    public init?(_ hex: String) {
        guard hex.utf8.count == 32, hex.utf8.allSatisfy(\.isLowerHexDigit) else { return nil }
        self.hex = hex
    }

    private init(unchecked hex: String) { self.hex = hex }

    /// A new identity from the system's random source.
    public static func random() -> SiteID { SiteID(unchecked: Secret.randomHex(bytes: 16)) }

    /// The first 8 hex digits: what people see in URLs. Unique among sites; the store keeps it so.
    public var short: String { String(hex.prefix(8)) }

    public var description: String { hex }
}

extension UInt8 {
    /// `0`–`9` or `a`–`f`.
    var isLowerHexDigit: Bool { (0x30...0x39).contains(self) || (0x61...0x66).contains(self) }
    /// `0`–`9` or `a`–`z`.
    var isLowerAlphanumeric: Bool { (0x30...0x39).contains(self) || (0x61...0x7a).contains(self) }
}
