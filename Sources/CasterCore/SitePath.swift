/// Where a file lies within a site: relative, `/` between the parts, fit for every file system and for git.
///
/// Two paths are equal as Swift strings are: spellings which differ only in how Unicode composes a letter (`é`, or `e`
/// and an accent) are one path, because macOS makes one file of them.
public struct SitePath: Sendable, Hashable {
    /// At most 1,024 bytes.
    public let text: String

    /// Throws `Refusal.invalid` with the rule that `raw` breaks: at most 1,024 bytes in all and 255 a part; no control
    /// characters, backslash, leading or trailing `/`; no part that is empty, `.`, `..`, or `.git` in any case, also with
    /// the invisible characters that macOS skips. (What Windows takes for `.git` is libgit2's to find.)
    public init(_ raw: String) throws(Refusal) {
        var raw = raw
        let broken = raw.withUTF8 { Self.brokenRule($0) }
        if let broken { throw .invalid("\(raw.quoted) cannot be a file's path: \(broken)") }
        text = raw
    }

    /// As `init(_:)`, and throws `Refusal.invalid` for bytes that are not UTF-8.
    public init(utf8 bytes: some Collection<UInt8>) throws(Refusal) {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw .invalid("\(String(decoding: bytes, as: UTF8.self).quoted) cannot be a file's path: it is not UTF-8")
        }
        try self.init(text)
    }

    /// The names between the slashes, one at least. (Swift's `split` of a string by "/" misses a slash that is
    /// followed by a combining accent; this does not.)
    public var parts: [String] {
        text.utf8.split(separator: UInt8(ascii: "/")).map { String(Substring($0)) }
    }

    private static func brokenRule(_ bytes: UnsafeBufferPointer<UInt8>) -> String? {
        let slash = UInt8(ascii: "/")
        if bytes.isEmpty { return "it is empty" }
        if bytes.count > 1024 { return "it is longer than 1,024 bytes" }
        if bytes[0] == slash { return "it is absolute" }
        var previous: UInt8 = 0
        for byte in bytes {
            // U+0080 to U+009F are control characters too: C2 80 to C2 9F.
            if byte < 0x20 || byte == 0x7f || (previous == 0xc2 && (0x80...0x9f).contains(byte)) {
                return "it has a control character"
            }
            if byte == UInt8(ascii: "\\") { return "it has a backslash; folders are separated by /" }
            previous = byte
        }
        for part in bytes.split(separator: slash, omittingEmptySubsequences: false) {
            let isDot = part.first == UInt8(ascii: ".")
            if part.isEmpty { return "a part of it is empty" }
            if part.count > 255 { return "a part of it is longer than 255 bytes" }
            if isDot && part.count == 1 { return "a part of it is \".\"" }
            if isDot && part.count == 2 && part.last == UInt8(ascii: ".") { return "a part of it is \"..\"" }
            if isDot && part.count == 4 && part.dropFirst().elementsEqual("git".utf8, by: { $0 | 0x20 == $1 }) {
                return "\".git\" is git's own folder"
            }
            if isGitOnMac(part) { return "macOS would read a part of it as \".git\"" }
        }
        return nil
    }

    /// HFS+ skips these characters when it compares names; so does git's own check.
    private static func isGitOnMac(_ part: Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
        guard part.contains(where: { $0 == 0xe2 || $0 == 0xef }) else { return false }
        let skipped: [ClosedRange<UInt32>] = [0x200c...0x200f, 0x202a...0x202e, 0x206a...0x206f, 0xfeff...0xfeff]
        let seen = String(decoding: part, as: UTF8.self).unicodeScalars.filter { scalar in
            !skipped.contains { $0.contains(scalar.value) }
        }
        return String(String.UnicodeScalarView(seen)).lowercased() == ".git"
    }
}
