import Foundation

/// A certificate of an operator's own, which is its own root.
struct OwnCertificate: Sendable {
    let certificate: String
    let key: String

    /// Makes one for the given names in `folder`, or another in place of it.
    init(in folder: String, names: [String]) async throws {
        certificate = "\(folder)/own.pem"
        key = "\(folder)/own.key"
        let list = names.map { "DNS:\($0)" }.joined(separator: ",")
        _ = try await run(
            [
                "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days",
                "30",
            ]
                + [
                    "-subj", "/CN=caster test", "-addext", "subjectAltName=\(list)", "-keyout", key, "-out",
                    certificate,
                ]
        ).orThrow("openssl req")
    }

    /// Makes it one that ended yesterday.
    func expire() async throws {
        _ = try await run([
            "openssl", "x509", "-in", certificate, "-signkey", key, "-days", "-1", "-out", certificate,
        ]).orThrow("openssl x509")
    }

    func settings(tlsPort: Int) -> [String: String] {
        [
            "CASTER_TLS": "files", "CASTER_TLS_PORT": "\(tlsPort)", "CASTER_TLS_CERTIFICATE": certificate,
            "CASTER_TLS_KEY": key,
        ]
    }
}

extension Platform {
    /// A visitor's request over https; `--resolve` stands for the DNS.
    ///
    /// - Parameter root: the PEM file that the visitor trusts.
    func secure(
        host: String, path: String = "/", root: String, _ options: [String] = []
    ) async throws -> Reply {
        let outcome = try await run(
            ["curl", "-q", "--silent", "--show-error", "--include", "--path-as-is", "--max-time", "30"]
                + ["--cacert", root, "--resolve", "\(host):\(tlsPort):127.0.0.1"] + options
                + ["https://\(host):\(tlsPort)\(path)"], merged: false)
        return try Reply(outcome.orThrow("curl https://\(host)").output)
    }

    /// `openssl s_client` to its end.
    func handshake(_ options: [String]) async throws -> Outcome {
        try await run(["openssl", "s_client", "-connect", "127.0.0.1:\(tlsPort)"] + options)
    }

    /// The serial number of the certificate that a name is shown; nil if it is shown none.
    func serial(shownTo host: String) async throws -> String? {
        let shown = try await handshake(["-servername", host])
        guard shown.text.contains("BEGIN CERTIFICATE") else { return nil }
        return try await run(["openssl", "x509", "-noout", "-serial"], input: shown.output).orThrow("openssl x509").line
    }
}
