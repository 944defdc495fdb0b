import CIdn2

/// A domain of a site's owner, such as `www.example.com` or `münchen.example`.
public struct DomainName: Sendable, Hashable {
    /// As DNS has it: lower-case letters, digits and hyphens (A-labels, RFC 5890 §2.3.2.1), without a dot at its end.
    public let ascii: String

    /// The record beside it that proves whose it is.
    public static let proofLabel = "_caster"

    /// Reads a name as people write it, by the rules of IDNA2008 with the mapping of UTS 46.
    ///
    /// Throws `Refusal.invalid` with the rule that `text` breaks.
    public init(_ text: String) throws(Refusal) {
        let shown = String(text.prefix(300)).quoted
        var trimmed = Substring(text)
        if trimmed.hasSuffix("."), trimmed.count > 1 { trimmed = trimmed.dropLast() }
        guard !trimmed.isEmpty, trimmed.utf8.count <= 1000, !trimmed.contains("\0") else {
            throw .invalid("a domain is a name such as www.example.com")
        }
        var output: UnsafeMutablePointer<CChar>?
        let flags = CInt(IDN2_NFC_INPUT.rawValue | IDN2_NONTRANSITIONAL.rawValue)
        guard idn2_to_ascii_8z(String(trimmed), &output, flags) == IDN2_OK.rawValue, let output else {
            throw .invalid("\(shown) is not a domain name: use letters, digits, hyphens and dots")
        }
        defer { idn2_free(output) }
        try self.init(ascii: String(cString: output).lowercased(), shown: shown)
    }

    private init(ascii: String, shown: String) throws(Refusal) {
        let labels = ascii.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        let hyphen = UInt8(ascii: "-")
        guard labels.count > 1 else { throw .invalid("\(shown) is not a whole domain name, such as www.example.com") }
        let isName = labels.allSatisfy { label in
            (1...63).contains(label.count) && label.first != hyphen && label.last != hyphen
                && label.allSatisfy { $0.isLowerAlphanumeric || $0 == hyphen }
        }
        guard isName, let last = labels.last?.first, !(0x30...0x39).contains(last) else {
            throw .invalid("\(shown) is not a domain name: use letters, digits, hyphens and dots")
        }
        guard ascii.utf8.count + Self.proofLabel.utf8.count < 253 else {
            throw .invalid("\(shown) is too long for a domain name")
        }
        self.ascii = ascii
    }

    /// As people write it.
    public var text: String {
        var output: UnsafeMutablePointer<CChar>?
        guard idn2_to_unicode_8z8z(ascii, &output, 0) == IDN2_OK.rawValue, let output else { return ascii }
        defer { idn2_free(output) }
        return String(cString: output)
    }

    /// The name of the TXT record that proves whose it is.
    public var proofName: String { "\(Self.proofLabel).\(ascii)" }

    /// Whether it is `domain` or below it.
    public func isWithin(_ domain: String) -> Bool { ascii == domain || ascii.hasSuffix(".\(domain)") }
}
