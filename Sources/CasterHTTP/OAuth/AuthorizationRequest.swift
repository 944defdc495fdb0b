import CasterCore
import CasterDeploy
import Foundation

/// What a program asks a person for, in the address that it opens in the browser (RFC 6749 §4.1.1, RFC 7636 §4.3, RFC 8707
/// §2.1). It travels as the text that came, and is judged again each time.
struct AuthorizationRequest {
    let client: OAuthClient
    let redirectURI: RedirectURI
    /// Handed back as it is.
    let state: String?
    private let fields: [String: String]

    /// Finds the client and where it may be answered.
    ///
    /// Throws `Refusal`, for the person to read: a client that cannot be trusted with an answer gets none (RFC 6749
    /// §4.1.2.1).
    init(_ fields: [String: String], clients: OAuthClients) async throws {
        guard let id = fields["client_id"], !id.isEmpty else { throw Refusal.invalid("client_id is missing") }
        client = try await clients.client(id)
        guard let text = fields["redirect_uri"] else { throw Refusal.invalid("redirect_uri is missing") }
        let uri = try RedirectURI(text)
        guard client.redirectURIs.contains(where: { $0.matches(uri) }) else {
            throw Refusal.invalid("\(text.quoted) is not where \(client.name.quoted) said it would be answered")
        }
        redirectURI = uri
        state = fields["state"]
        self.fields = fields
    }

    /// SHA-256 of the code verifier, as the request bears it.
    ///
    /// Throws `Problem`, for the client to read.
    func challenge(_ api: OAuthAPI) throws(Problem) -> [UInt8] {
        guard fields["response_type"] == "code" else {
            throw Problem(code: "unsupported_response_type", sentence: "response_type must be code")
        }
        guard let text = fields["code_challenge"], fields["code_challenge_method"] == "S256",
            text.utf8.count == 43, text.utf8.allSatisfy(Self.isURLSafe),
            let data = Data(
                base64Encoded: text.replacing("-", with: "+").replacing("_", with: "/") + "="), data.count == 32
        else {
            throw Problem(
                code: "invalid_request", sentence: "code_challenge is missing, or code_challenge_method is not S256")
        }
        if let resource = fields["resource"], !api.isOurs(resource) {
            throw Problem(code: "invalid_target", sentence: OAuthProblem.target.sentence)
        }
        return Array(data)
    }

    struct Problem: Error {
        let code: String
        let sentence: String
    }

    /// Where the browser goes on to, with more in its query; always with whose answer it is (RFC 9207 §2).
    func answer(_ values: [(name: String, value: String)], issuer: String) -> String {
        var all = values
        if let state { all.append((name: "state", value: state)) }
        all.append((name: "iss", value: issuer))
        let query = all.map { "\($0.name)=\(Self.encoded($0.value))" }.joined(separator: "&")
        return redirectURI.text + (redirectURI.text.contains("?") ? "&" : "?") + query
    }

    private static func encoded(_ text: String) -> String {
        var result = ""
        for byte in text.utf8 {
            if isURLSafe(byte) || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "~") {
                result.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                result += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }
        return result
    }

    private static func isURLSafe(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
