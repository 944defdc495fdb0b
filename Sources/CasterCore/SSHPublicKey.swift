import Foundation

/// One line of an `authorized_keys` kind: type, base64 and comment, checked.
public struct SSHPublicKey: Sendable, Hashable {
    /// The line, trimmed.
    public let line: String
    /// `SHA256:` and the unpadded base64 of the digest of the key, as `ssh-keygen -lf` prints it.
    public let fingerprint: String

    /// What follows the key on its line.
    public let comment: String?

    private static let types: Set<String> = [
        "ssh-ed25519", "ssh-rsa", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521",
    ]

    /// Throws `Refusal.invalid` with the reason for anything but one plain Ed25519, ECDSA or RSA (2048 bits or more)
    /// public key: options, certificates, private keys, several lines, DSA.
    public init(_ raw: String) throws(Refusal) {
        let line = raw.trimmingWhitespace()
        if line.contains("PRIVATE KEY") {
            throw Refusal.invalid("that is a private key: never share it; send the .pub file beside it")
        }
        guard !line.isEmpty, line.utf8.count <= 16384, !line.contains(where: \.isNewline) else {
            throw Refusal.invalid("public_key must be one line, such as: ssh-ed25519 AAAA... alice@laptop")
        }
        let words = line.split(maxSplits: 2, whereSeparator: { $0 == " " || $0 == "\t" })
        let type = String(words[0])
        if type.contains("-cert-") {
            throw Refusal.invalid("certificates are not supported: add the plain public key")
        }
        if type == "ssh-dss" {
            throw Refusal.invalid("DSA keys are not secure any more: make one with ssh-keygen -t ed25519")
        }
        if type.hasPrefix("sk-") {
            throw Refusal.invalid("security-key types are not supported yet: add an ed25519, ecdsa or rsa key")
        }
        guard Self.types.contains(type) else {
            throw Refusal.invalid(
                "public_key must begin with its type, without options: ssh-ed25519, ssh-rsa or ecdsa-sha2-nistp256")
        }
        guard words.count >= 2, let blob = Data(base64Encoded: String(words[1])) else {
            throw Refusal.invalid("the middle part of public_key is not base64: copy the whole line of the .pub file")
        }
        var fields = Fields(Array(blob))
        guard let inner = fields.next(), String(decoding: inner, as: UTF8.self) == type else {
            throw Refusal.invalid("the key in public_key is not of the type that it names")
        }
        if type == "ssh-rsa" {
            guard fields.next() != nil, let modulus = fields.next(), fields.isAtEnd else { throw Self.damaged }
            let bits = Self.bitCount(modulus)
            guard bits >= 2048 else {
                throw Refusal.invalid(
                    "RSA keys need at least 2048 bits, this one has \(bits): use ssh-keygen -t ed25519")
            }
        } else if type == "ssh-ed25519" {
            guard let point = fields.next(), point.count == 32, fields.isAtEnd else { throw Self.damaged }
        } else {
            guard let curve = fields.next(), type.hasSuffix(String(decoding: curve, as: UTF8.self)),
                fields.next() != nil, fields.isAtEnd
            else { throw Self.damaged }
        }
        self.line = line
        comment = words.count == 3 ? String(words[2]).trimmingWhitespace() : nil
        let digest = Data(Secret.sha256(blob)).base64EncodedString()
        fingerprint = "SHA256:" + digest.replacing("=", with: "")
    }

    private static let damaged = Refusal.invalid(
        "the key in public_key is damaged: copy the whole line of the .pub file")

    private static func bitCount(_ number: ArraySlice<UInt8>) -> Int {
        let digits = number.drop { $0 == 0 }
        guard let first = digits.first else { return 0 }
        return digits.count * 8 - first.leadingZeroBitCount
    }

    /// The length-prefixed strings of a key blob (RFC 4253 §6.6, RFC 4251 §5).
    private struct Fields {
        private var rest: ArraySlice<UInt8>

        init(_ bytes: [UInt8]) { rest = bytes[...] }

        var isAtEnd: Bool { rest.isEmpty }

        mutating func next() -> ArraySlice<UInt8>? {
            guard rest.count >= 4 else { return nil }
            let count = rest.prefix(4).reduce(0) { $0 << 8 | Int($1) }
            guard rest.count - 4 >= count else { return nil }
            let field = rest.dropFirst(4).prefix(count)
            rest = rest.dropFirst(4 + count)
            return field
        }
    }
}
