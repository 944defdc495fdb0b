import CasterCore
import CasterProcess
import Glibc

/// A certificate of the operator's and its key, as `openssl` sees them.
struct OperatorCertificate {
    /// Absolute paths of PEM files.
    let certificate: String
    let key: String

    /// Blocks for some 50 ms.
    ///
    /// Throws `EdgeError.setting` with what is wrong with them, or `SpawnError`.
    ///
    /// - Parameter hosts: what it must be good for.
    func check(hosts: [String]) throws {
        let (isCertificate, owner) = try openssl("x509", "-noout", "-pubkey", "-in", certificate)
        guard isCertificate else {
            throw EdgeError.setting(name: "CASTER_TLS_CERTIFICATE", problem: "is no certificate in PEM: \(certificate)")
        }
        let (isKey, held) = try openssl("pkey", "-pubout", "-passin", "pass:", "-in", key)
        guard isKey else {
            throw EdgeError.setting(
                name: "CASTER_TLS_KEY", problem: "is no private key in PEM without a passphrase: \(key)")
        }
        guard owner == held else {
            throw EdgeError.setting(
                name: "CASTER_TLS_KEY", problem: "does not belong to the certificate: \(key), \(certificate)")
        }
        for host in hosts {
            let (_, words) = try openssl("x509", "-noout", "-checkhost", host, "-in", certificate)
            guard words.contains("does match certificate") else {
                throw EdgeError.setting(
                    name: "CASTER_TLS_CERTIFICATE", problem: "is not good for \(host): \(certificate)")
            }
        }
    }

    /// Whether its time is over.
    func isExpired() throws -> Bool { try !openssl("x509", "-noout", "-checkend", "0", "-in", certificate).succeeded }

    private func openssl(_ arguments: String...) throws -> (succeeded: Bool, text: String) {
        guard let path = InstalledProgram.path(of: "openssl") else {
            throw EdgeError.setting(name: "CASTER_TLS", problem: "needs the program openssl: install openssl")
        }
        var ends: [Int32] = [0, 0]
        // Without FD_CLOEXEC: ChildProcess hands on no descriptor but those that it is told to.
        guard pipe(&ends) == 0 else { throw EdgeError.system(call: "pipe", path: path, code: errno) }
        defer { close(ends[0]) }
        let child: ChildProcess
        do {
            defer { close(ends[1]) }
            child = try ChildProcess(
                executable: path, arguments: arguments, environment: ["PATH": "/usr/bin:/bin"], stdout: ends[1])
        }
        var text: [UInt8] = []
        var bytes = [UInt8](repeating: 0, count: 4096)
        while case let count = read(ends[0], &bytes, bytes.count), count > 0 { text += bytes.prefix(count) }
        return (child.waitForExit() == 0, String(decoding: text, as: UTF8.self))
    }
}
