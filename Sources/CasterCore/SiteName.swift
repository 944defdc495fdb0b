/// A custom subdomain name.
public struct SiteName: Sendable, Hashable {
    public let text: String

    private static let reserved: Set<String> = ["api", "app", "git", "www", "mail", "admin", "console"]

    /// Throws `Refusal.invalid` with the rule that `text` breaks: 8 to 63 lower-case letters, digits and hyphens,
    /// beginning and ending with a letter or digit; not 8 hex digits, which would be a short ID; no `--` in the third
    /// and fourth place, which IDNA reserves (RFC 5891 §4.2.3.1).
    public init(_ text: String) throws(Refusal) {
        let bytes = Array(text.utf8)
        let hyphen = UInt8(ascii: "-")
        if Self.reserved.contains(text) {
            throw .invalid("the name \(text) is reserved")
        }
        guard (8...63).contains(bytes.count) else {
            throw .invalid("a name has 8 to 63 characters")
        }
        guard bytes.allSatisfy({ $0.isLowerAlphanumeric || $0 == hyphen }) else {
            throw .invalid("a name consists of lower-case letters a-z, digits and hyphens")
        }
        guard bytes.first != hyphen, bytes.last != hyphen else {
            throw .invalid("a name begins and ends with a letter or a digit")
        }
        guard !(bytes.count == 8 && bytes.allSatisfy(\.isLowerHexDigit)) else {
            throw .invalid("a name is not 8 hex digits: that is how short IDs look")
        }
        guard !(bytes[2] == hyphen && bytes[3] == hyphen) else {
            throw .invalid("a name has no -- in its third and fourth place")
        }
        self.text = text
    }
}
