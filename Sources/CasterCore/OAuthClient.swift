import Foundation

/// A program that acts for an account with its consent (RFC 6749 §1.1): an assistant, as a rule. All of them are public:
/// they have no secret.
public struct OAuthClient: Sendable, Hashable {
    /// A URL whose document describes it, or what its registration was answered.
    public let id: String
    /// What it calls itself: a stranger's words, on one line.
    public let name: String
    /// Where codes may be sent.
    public let redirectURIs: [RedirectURI]

    public init(id: String, name: String, redirectURIs: [RedirectURI]) {
        self.id = id
        self.name = name
        self.redirectURIs = redirectURIs
    }

    /// At most 100 characters, none of which moves a cursor, breaks the line or turns the direction of writing.
    public static func displayName(_ raw: String) -> String {
        let kept = raw.unicodeScalars.filter { scalar in
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate, .unassigned: false
            default: true
            }
        }
        let text = String(String.UnicodeScalarView(kept.prefix(100))).trimmingWhitespace()
        return text.isEmpty ? "A program without a name" : text
    }
}

/// Where a browser is sent with an authorization code.
public struct RedirectURI: Sendable, Hashable {
    public let text: String

    /// Throws `Refusal.invalid` for what no code may be sent to: anything but https, http to this very machine (RFC 8252
    /// §7.3) and a program's own scheme (§7.1); with a fragment (RFC 6749 §3.1.2), a user, or more than 2,000 characters.
    public init(_ text: String) throws(Refusal) {
        let wrong = Refusal.invalid("\(text.quoted) cannot be a redirect URI: use https, or http to 127.0.0.1")
        guard text.utf8.count <= 2000, text.utf8.allSatisfy({ (0x21...0x7e).contains($0) && $0 != 0x22 && $0 != 0x3c }),
            !text.contains("#"), !text.contains("\\"), let parts = URLComponents(string: text),
            let scheme = parts.scheme?.lowercased(), parts.user == nil, parts.password == nil
        else { throw wrong }
        let host = parts.host ?? ""
        // A name, a number, or an IPv6 address: nothing that would mean more in a header.
        guard host.utf8.allSatisfy(Self.isOfHost) else { throw wrong }
        switch scheme {
        case "https": guard !host.isEmpty else { throw wrong }
        case "http": guard Self.isLoopback(host) else { throw wrong }
        default: guard !Self.dangerous.contains(scheme) else { throw wrong }
        }
        self.text = text
    }

    /// Whether a request may name `other` where this one is registered: the same text, but for the port of this machine,
    /// which a program cannot choose beforehand (RFC 8252 §7.3).
    public func matches(_ other: RedirectURI) -> Bool {
        if text == other.text { return true }
        guard var mine = URLComponents(string: text), var theirs = URLComponents(string: other.text),
            mine.scheme == "http", theirs.scheme == "http", Self.isLoopback(mine.host ?? "")
        else { return false }
        mine.port = nil
        theirs.port = nil
        return mine == theirs
    }

    /// For people: the host, or the program's scheme.
    public var place: String {
        let parts = URLComponents(string: text)
        guard let host = parts?.host, !host.isEmpty, parts?.scheme == "https" || parts?.scheme == "http" else {
            return "\(parts?.scheme ?? ""): (a program on your computer)"
        }
        return Self.isLoopback(host) ? "\(host) (a program on your computer)" : host
    }

    /// What a browser's `form-action` must allow (CSP 3 §6.4.2): the origin, or the scheme.
    public var source: String {
        let parts = URLComponents(string: text)
        guard let scheme = parts?.scheme?.lowercased(), let host = parts?.host, !host.isEmpty,
            scheme == "https" || scheme == "http"
        else { return "\(parts?.scheme?.lowercased() ?? "none"):" }
        // The grammar of a source has no IPv6 addresses (CSP 3 §2.3.1).
        if host.contains(":") { return "\(scheme):" }
        return "\(scheme)://\(host)" + (parts?.port.map { ":\($0)" } ?? "")
    }

    private static func isOfHost(_ byte: UInt8) -> Bool {
        byte.isLowerAlphanumeric || (0x41...0x5a).contains(byte) || "-._:[]".utf8.contains(byte)
    }

    private static func isLoopback(_ host: String) -> Bool {
        ["127.0.0.1", "[::1]", "::1", "localhost"].contains(host.lowercased())
    }

    /// Schemes that a browser, or the machine behind it, runs itself.
    private static let dangerous: Set<String> = [
        "javascript", "data", "vbscript", "file", "blob", "about", "ws", "wss", "ftp", "mailto", "tel", "view-source",
        "filesystem", "chrome", "resource", "intent", "ms-msdt", "search-ms", "jar",
    ]
}
