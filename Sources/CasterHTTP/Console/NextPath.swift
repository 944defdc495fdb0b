import Foundation

/// Where a browser goes on to after signing in: a path of this origin, perhaps with a query.
struct NextPath: Sendable, Hashable {
    let text: String

    /// What somebody sees who has just signed in.
    static let start = NextPath(known: "/sites")

    /// A path of the console itself.
    init(known text: String) { self.text = text }

    /// Nil for what a browser could take for another origin (`//host`, `/\host`), or is no path at all: at most 4,096
    /// visible ASCII characters.
    init?(_ text: String?) {
        guard let text, text.utf8.count <= 4096, text.utf8.allSatisfy({ (0x21...0x7e).contains($0) }),
            text.hasPrefix("/"), !text.dropFirst().hasPrefix("/"), !text.contains("\\")
        else { return nil }
        self.text = text
    }

    /// The path of a page that leads on to this one.
    func link(_ page: String) -> String {
        if self == .start { return page }
        let allowed = CharacterSet(charactersIn: "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/")
        return "\(page)?next=\(text.addingPercentEncoding(withAllowedCharacters: allowed) ?? "")"
    }
}
