/// The secret half of an API key: 256 random bits in hex, shown once. The store keeps its SHA-256 and a prefix.
public struct APIKeySecret: Sendable {
    /// 64 lower-case hex digits.
    public let plaintext: String

    /// A new key from the system's random source.
    public static func random() -> APIKeySecret { APIKeySecret(plaintext: Secret.randomHex(bytes: 32)) }

    /// SHA-256 of the plaintext.
    public var hash: [UInt8] { Self.hash(of: plaintext) }

    /// The first 8 digits, which tell keys apart in a list.
    public var prefix: String { String(plaintext.prefix(8)) }

    /// SHA-256 of what a client presents as a key.
    public static func hash(of presented: String) -> [UInt8] { Secret.sha256(Array(presented.utf8)) }
}
