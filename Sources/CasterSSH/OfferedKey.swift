import CLibssh

/// A client's public key, as far as it matters here.
struct OfferedKey: Hashable {
    /// As `ssh-keygen -lf` prints it: `SHA256:` and unpadded base64.
    let fingerprint: String
    /// Its type and base64, as in an `authorized_keys` file.
    let line: String

    /// Nil if libssh cannot write the key down.
    init?(_ key: ssh_key) {
        var hash: UnsafeMutablePointer<UInt8>?
        var length = 0
        guard ssh_get_publickey_hash(key, SSH_PUBLICKEY_HASH_SHA256, &hash, &length) == 0 else { return nil }
        defer { ssh_clean_pubkey_hash(&hash) }
        guard let text = ssh_get_fingerprint_hash(SSH_PUBLICKEY_HASH_SHA256, hash, length) else { return nil }
        defer { ssh_string_free_char(text) }
        var base64: UnsafeMutablePointer<CChar>?
        guard ssh_pki_export_pubkey_base64(key, &base64) == SSH_OK, let base64 else { return nil }
        defer { ssh_string_free_char(base64) }
        guard let type = ssh_key_type_to_char(ssh_key_type(key)) else { return nil }
        fingerprint = String(cString: text)
        line = "\(String(cString: type)) \(String(cString: base64))"
    }
}
