/// What the server offers and accepts, best first. `ssh-audit` finds no failure in it; OpenSSH, PuTTY, dropbear,
/// paramiko and asyncssh all find something. No group exchange: it costs 300 ms.
enum Algorithms {
    static let keyExchange = [
        "curve25519-sha256", "curve25519-sha256@libssh.org", "diffie-hellman-group18-sha512",
        "diffie-hellman-group16-sha512",
    ].joined(separator: ",")

    static let ciphers = [
        "chacha20-poly1305@openssh.com", "aes256-gcm@openssh.com", "aes128-gcm@openssh.com", "aes256-ctr",
        "aes192-ctr", "aes128-ctr",
    ].joined(separator: ",")

    /// Used with the CTR ciphers only.
    static let macs = "hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com"

    static let hostKeys = "ssh-ed25519,rsa-sha2-512,rsa-sha2-256"

    /// How users may sign. RSA with SHA-1 (`ssh-rsa`) is not among them.
    static let signatures = [
        "ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "rsa-sha2-512",
        "rsa-sha2-256",
    ].joined(separator: ",")

    /// Bits of the shortest RSA key that may sign.
    static let shortestRSAKey: Int32 = 2048
}
