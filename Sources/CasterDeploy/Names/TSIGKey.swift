import CasterCore
import Foundation

/// A key that signs DNS updates (RFC 8945), as `tsig-keygen` writes it into a file.
struct TSIGKey: Sendable {
    let name: String
    let algorithm: String
    /// Base64.
    let secret: String

    /// Throws `Refusal.unavailable` with what is wrong with the file.
    init(file path: String) throws(Refusal) {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
            throw .unavailable("\(path) cannot be read (CASTER_DNS_KEY_FILE)")
        }
        guard let name = text.firstMatch(of: /key\s+"?([A-Za-z0-9._-]+)"?\s*\{/)?.1,
            let algorithm = text.firstMatch(of: /algorithm\s+"?([A-Za-z0-9-]+)"?\s*;/)?.1,
            let secret = text.firstMatch(of: /secret\s+"([A-Za-z0-9+\/=]+)"\s*;/)?.1
        else { throw .unavailable("\(path) is no file of tsig-keygen (CASTER_DNS_KEY_FILE)") }
        self.name = String(name)
        self.algorithm = String(algorithm).lowercased()
        self.secret = String(secret)
    }
}
