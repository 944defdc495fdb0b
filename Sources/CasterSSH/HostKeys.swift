import CLibssh
import Glibc

/// The server's own keys. They are made once and kept: a client that saw others would warn of an attack.
enum HostKeys {
    /// The paths of an Ed25519 and an RSA (4096 bits) private key in `folder`, which exists. Makes those that are
    /// missing, with mode 0600; an RSA key takes a second or more, so this blocks.
    ///
    /// Throws `SSHStartError`.
    static func prepare(in folder: String) throws(SSHStartError) -> [String] {
        var paths: [String] = []
        for (name, type, bits) in [
            ("ssh_host_ed25519_key", SSH_KEYTYPE_ED25519, 0 as Int32), ("ssh_host_rsa_key", SSH_KEYTYPE_RSA, 4096),
        ] {
            let path = "\(folder)/\(name)"
            if access(path, F_OK) != 0 {
                guard errno == ENOENT else { throw failure(path) }
                try write(Array(generate(type, bits: bits).utf8), to: path, in: folder)
            }
            paths.append(path)
        }
        return paths
    }

    /// A new private key in OpenSSH's or PEM's text form.
    private static func generate(_ type: ssh_keytypes_e, bits: Int32) throws(SSHStartError) -> String {
        var key: ssh_key?
        guard ssh_pki_generate(type, bits, &key) == SSH_OK, let key else {
            throw SSHStartError("an SSH host key could not be generated")
        }
        defer { ssh_key_free(key) }
        var text: UnsafeMutablePointer<CChar>?
        guard ssh_pki_export_privkey_base64(key, nil, nil, nil, &text) == SSH_OK, let text else {
            throw SSHStartError("an SSH host key could not be written down")
        }
        defer { ssh_string_free_char(text) }
        return String(cString: text)
    }

    /// All of it or nothing, and durable.
    private static func write(_ bytes: [UInt8], to path: String, in folder: String) throws(SSHStartError) {
        let draft = "\(path).\(getpid()).draft"
        let file = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw failure(draft) }
        let isWritten = Glibc.write(file, bytes, bytes.count) == bytes.count && fsync(file) == 0
        close(file)
        // link(2), not rename(2): of two processes that start at once, the first one's key stays.
        guard isWritten, link(draft, path) == 0 || errno == EEXIST else {
            let error = failure(path)
            unlink(draft)
            throw error
        }
        unlink(draft)
        let directory = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard directory >= 0, fsync(directory) == 0 else { throw failure(folder) }
        close(directory)
    }

    private static func failure(_ path: String) -> SSHStartError {
        SSHStartError("the SSH host key \(path) cannot be used: \(String(cString: strerror(errno)))")
    }
}
