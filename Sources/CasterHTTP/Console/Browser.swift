import CasterCore
import Foundation
import HTTPTypes
import Hummingbird

/// The browser that asks, known by the console's one cookie.
struct Browser: Sendable {
    /// The cookie's value, 64 hex digits. It opens a session, or else only ties forms to this browser.
    let token: String
    /// The browser does not have the cookie yet.
    let isNew: Bool
    /// Nil if nobody is signed in.
    let session: BrowserSession?

    /// What each form of a page bears, and no other site can know.
    var formToken: String { Secret.hex(Secret.sha256(Array("form\n\(token)".utf8))) }

    /// Whether this is the form's token. Takes as long, whatever the answer.
    func accepts(formToken: String?) -> Bool {
        formToken.map { Secret.isEqual(Array($0.utf8), Array(self.formToken.utf8)) } ?? false
    }
}

/// The console's cookie. Over https its name makes browsers refuse one from a sibling host (RFC 6265bis §4.1.3.2).
struct BrowserCookie: Sendable {
    let name: String
    private let isSecure: Bool

    init(scheme: String) {
        isSecure = scheme == "https"
        name = isSecure ? "__Host-caster" : "caster"
    }

    /// The token that a request bears; nil unless it is one in form. Of several cookies with the name, which plain http
    /// makes possible, none counts.
    func token(of request: Request) -> String? {
        let values = request.headers[values: .cookie].flatMap { $0.split(separator: ";") }.compactMap { pair in
            let pair = pair.drop { $0 == " " }
            return pair.hasPrefix("\(name)=") ? String(pair.dropFirst(name.count + 1)) : nil
        }
        guard values.count == 1, values[0].utf8.count == 64, values[0].utf8.allSatisfy(Self.isHexDigit) else {
            return nil
        }
        return values[0]
    }

    /// The `Set-Cookie` header's value. Without `maxAge` (seconds) the cookie goes when the browser ends.
    func setting(_ token: String, maxAge: Int? = nil) -> String {
        "\(name)=\(token); Path=/; HttpOnly; SameSite=Lax" + (isSecure ? "; Secure" : "")
            + (maxAge.map { "; Max-Age=\($0)" } ?? "")
    }

    private static func isHexDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
    }
}
