import CSodium

/// Randomness, digests and comparison, from libsodium.
public enum Secret {
    /// libsodium must be initialised once before any use; it is safe to ask again.
    private static let ready: Void = {
        precondition(sodium_init() >= 0, "libsodium could not be initialised: no random source")
    }()

    /// `bytes` random bytes from the system's source.
    public static func random(bytes count: Int) -> [UInt8] {
        _ = ready
        var bytes = [UInt8](repeating: 0, count: count)
        randombytes_buf(&bytes, count)
        return bytes
    }

    /// `bytes` random bytes, written as lower-case hex.
    public static func randomHex(bytes count: Int) -> String { hex(random(bytes: count)) }

    /// SHA-256 (FIPS 180-4) of `bytes`: 32 bytes.
    public static func sha256(_ bytes: some Collection<UInt8>) -> [UInt8] {
        Array(bytes).withUnsafeBytes { sha256($0) }
    }

    /// SHA-256 (FIPS 180-4) of `bytes`, without a copy: 32 bytes.
    public static func sha256(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
        _ = ready
        var digest = [UInt8](repeating: 0, count: Int(crypto_hash_sha256_BYTES))
        crypto_hash_sha256(&digest, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), UInt64(bytes.count))
        return digest
    }

    /// Compares without telling by its duration where two equally long values differ.
    public static func isEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        left.count == right.count && sodium_memcmp(left, right, left.count) == 0
    }

    /// Lower-case hex.
    public static func hex(_ bytes: some Sequence<UInt8>) -> String {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        for byte in bytes {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Encrypts and authenticates (XSalsa20-Poly1305) with a key of 32 bytes; the nonce comes first.
    public static func seal(_ bytes: [UInt8], key: [UInt8]) -> [UInt8] {
        precondition(key.count == Int(crypto_secretbox_KEYBYTES))
        let nonce = random(bytes: Int(crypto_secretbox_NONCEBYTES))
        var sealed = [UInt8](repeating: 0, count: bytes.count + Int(crypto_secretbox_MACBYTES))
        crypto_secretbox_easy(&sealed, bytes, UInt64(bytes.count), nonce, key)
        return nonce + sealed
    }

    /// What was sealed with this key; nil if it was another, or the bytes were changed.
    public static func open(_ sealed: [UInt8], key: [UInt8]) -> [UInt8]? {
        _ = ready
        let overhead = Int(crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES)
        guard key.count == Int(crypto_secretbox_KEYBYTES), sealed.count >= overhead else { return nil }
        let nonce = Array(sealed.prefix(Int(crypto_secretbox_NONCEBYTES)))
        let box = Array(sealed.dropFirst(nonce.count))
        var bytes = [UInt8](repeating: 0, count: sealed.count - overhead)
        guard crypto_secretbox_open_easy(&bytes, box, UInt64(box.count), nonce, key) == 0 else { return nil }
        return bytes
    }
}
