/// What the git hook tells the platform: which push it belongs to, and which refs moved.
///
/// On the wire: the line `caster-hook 1`, the token's line, one line `<old> <new> <ref>` for each update (what git
/// writes to a post-receive hook), and an empty line. The answer is the line `ok`, and then text for the person who
/// pushed, until the end of the stream.
public struct HookMessage: Sendable, Hashable {
    /// The one-push token from the hook's environment: it alone says who pushed to which site.
    public let token: String
    public let updates: [RefUpdate]

    /// Bytes of the longest message that is read or sent.
    public static let byteLimit = 512 << 10

    /// What the answer to a message begins with.
    public static let acknowledgement = "ok\n"

    private static let greeting = "caster-hook 1"

    public init(token: String, updates: [RefUpdate]) {
        self.token = token
        self.updates = updates
    }

    /// Returns nil for anything but one whole message.
    public init?(_ bytes: some Collection<UInt8>) {
        guard Self.isWhole(bytes) else { return nil }
        let lines = bytes.dropLast(2).split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        guard lines.count >= 2, String(decoding: lines[0], as: UTF8.self) == Self.greeting else { return nil }
        var updates: [RefUpdate] = []
        for line in lines.dropFirst(2) {
            guard let update = RefUpdate(line) else { return nil }
            updates.append(update)
        }
        self.init(token: String(decoding: lines[1], as: UTF8.self), updates: updates)
    }

    /// The message has been received up to its end.
    public static func isWhole(_ bytes: some Collection<UInt8>) -> Bool {
        bytes.suffix(2).elementsEqual("\n\n".utf8)
    }

    public var encoded: [UInt8] {
        let lines = [Self.greeting, token] + updates.map { "\($0.old) \($0.new) \($0.ref)" }
        return Array((lines.joined(separator: "\n") + "\n\n").utf8)
    }
}

/// One ref that a push moved, made or deleted.
public struct RefUpdate: Sendable, Hashable {
    /// Hex digits; all zero if the ref is new.
    public let old: String
    /// Hex digits; all zero if the ref was deleted.
    public let new: String
    /// The full name, as the client chose it: `refs/heads/…`. Not fit for a terminal as it is.
    public let ref: String

    /// Returns nil unless `line` is `<old> <new> <ref>`.
    public init?(_ line: some Collection<UInt8>) {
        let words = line.split(separator: UInt8(ascii: " "), maxSplits: 2, omittingEmptySubsequences: false)
        guard words.count == 3, Self.isObjectID(words[0]), Self.isObjectID(words[1]), !words[2].isEmpty else {
            return nil
        }
        old = String(decoding: words[0], as: UTF8.self)
        new = String(decoding: words[1], as: UTF8.self)
        ref = String(decoding: words[2], as: UTF8.self)
    }

    public var isDeletion: Bool { new.utf8.allSatisfy { $0 == UInt8(ascii: "0") } }

    /// 40 (SHA-1) or 64 (SHA-256) hex digits.
    private static func isObjectID(_ word: some Collection<UInt8>) -> Bool {
        (word.count == 40 || word.count == 64)
            && word.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    }
}
