/// How containers are run, apart from their limits.
public struct ContainerSettings: Sendable, Hashable {
    /// The engine's address, as `DOCKER_HOST` has it.
    public let engine: String
    /// The IPv4 addresses that sites' networks are taken from, 16 for each site.
    public let subnets: AddressRange
    /// What a health check asks for.
    public let healthPath: String
    /// Whether the platform keeps containers from this machine by rules of its own; if not, somebody else does.
    public let raisesFirewall: Bool

    public init(engine: String, subnets: AddressRange, healthPath: String, raisesFirewall: Bool) {
        self.engine = engine
        self.subnets = subnets
        self.healthPath = healthPath
        self.raisesFirewall = raisesFirewall
    }
}

/// A block of IPv4 addresses, such as `10.213.0.0/16`.
public struct AddressRange: Sendable, Hashable {
    private let first: UInt32
    private let bits: Int

    /// Nil unless `text` is `a.b.c.d/n` with n from 8 to 28.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let bits = Int(parts[1]), (8...28).contains(bits) else { return nil }
        let bytes = parts[0].split(separator: ".", omittingEmptySubsequences: false).compactMap { UInt8($0) }
        guard bytes.count == 4 else { return nil }
        first = bytes.reduce(0) { $0 << 8 | UInt32($1) } & ~(UInt32.max >> UInt32(bits))
        self.bits = bits
    }

    /// Blocks of 16 addresses in it.
    public var blocks: Int { 1 << (28 - bits) }

    /// The block at an index below `blocks`, as `10.213.0.16/28`.
    public func block(_ index: Int) -> String { "\(Self.text(first + UInt32(index) * 16))/28" }

    /// The addresses that containers of a block (`10.213.0.16/28`) may have: the first is the bridge's.
    public static func addresses(inBlock block: String) -> [String] {
        guard let range = AddressRange(block) else { return [] }
        return (2...14).map { text(range.first + $0) }
    }

    private static func text(_ address: UInt32) -> String {
        [24, 16, 8, 0].map { String(address >> UInt32($0) & 0xff) }.joined(separator: ".")
    }
}
