/// An e-mail address as an account's identity: trimmed, and compared without case.
public struct EmailAddress: Sendable, Hashable {
    /// Trimmed and lower-cased; at most 254 bytes (RFC 5321 §4.5.3.1.3).
    public let text: String

    /// Throws `Refusal.invalid` for what no mail server could deliver to.
    public init(_ raw: String) throws(Refusal) {
        let text = raw.trimmingWhitespace().lowercased()
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        let plain = text.unicodeScalars.allSatisfy { $0.value > 0x20 && $0.value != 0x7f && $0 != "," && $0 != ";" }
        guard text.utf8.count <= 254, plain, parts.count == 2, (1...64).contains(parts[0].utf8.count),
            !parts[1].isEmpty, !parts[1].hasPrefix("."), !parts[1].hasSuffix("."), !parts[1].contains("..")
        else {
            throw Refusal.invalid("email must be an address such as alice@example.com")
        }
        self.text = text
    }
}

extension String {
    /// Without white space at both ends.
    func trimmingWhitespace() -> String {
        var view = self[...]
        while let first = view.first, first.isWhitespace { view.removeFirst() }
        while let last = view.last, last.isWhitespace { view.removeLast() }
        return String(view)
    }
}
