/// How a person names a site in a path or a git URL: by short ID or by name. The two never collide, because a name is
/// not exactly 8 hex digits.
public enum SiteIdentifier: Sendable, Hashable {
    /// The first 8 hex digits of the site ID.
    case short(String)
    /// The custom name.
    case name(String)

    /// Returns nil for what can be neither: such a site does not exist.
    public init?(_ text: String) {
        let bytes = text.utf8
        if bytes.count == 8, bytes.allSatisfy(\.isLowerHexDigit) {
            self = .short(text)
        } else if (8...63).contains(bytes.count),
            bytes.allSatisfy({ $0.isLowerAlphanumeric || $0 == UInt8(ascii: "-") })
        {
            self = .name(text)
        } else {
            return nil
        }
    }
}
