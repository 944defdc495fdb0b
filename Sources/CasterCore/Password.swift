import CSodium

/// A password on its way to becoming an Argon2id hash, never stored or logged.
public struct Password: Sendable {
    private let bytes: [UInt8]

    /// Throws `Refusal.invalid` unless the password has 8 to 1,024 bytes in UTF-8.
    public init(_ text: String) throws(Refusal) {
        let bytes = Array(text.utf8)
        guard (8...1024).contains(bytes.count) else {
            throw Refusal.invalid("password must be 8 to 1,024 bytes long")
        }
        self.bytes = bytes
    }

    /// Argon2id (RFC 9106) in libsodium's string form, with its interactive limits. Takes about 70 ms and 64 MiB: call
    /// it on a thread of its own, and bound how many run at once.
    public func hash() -> String {
        _ = Secret.random(bytes: 0)
        var hash = [CChar](repeating: 0, count: Int(crypto_pwhash_STRBYTES))
        let result = bytes.withUnsafeBytes { password in
            crypto_pwhash_str(
                &hash, password.baseAddress!.assumingMemoryBound(to: CChar.self), UInt64(password.count),
                UInt64(crypto_pwhash_opslimit_interactive()), crypto_pwhash_memlimit_interactive())
        }
        precondition(result == 0, "Argon2id could not allocate its memory")
        return hash.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
    }

    /// Whether this is the password that `hash` was made of. Takes as long as `hash()`, whatever the answer.
    public func matches(_ hash: String) -> Bool {
        _ = Secret.random(bytes: 0)
        return bytes.withUnsafeBytes { password in
            crypto_pwhash_str_verify(
                hash, password.baseAddress!.assumingMemoryBound(to: CChar.self), UInt64(password.count)) == 0
        }
    }
}
