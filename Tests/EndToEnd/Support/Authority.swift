import Foundation
import Glibc

/// An ACME server (Pebble) on the loopback, which asks the given DNS server and looks at the platform's http port.
final class Authority: Sendable {
    let folder: String
    let port: Int
    private let managementPort: Int
    private let dns: NameServer
    private let environment: [String: String]
    private let program: Box<Program?> = Box(nil)

    /// - Parameters:
    ///   - edgePort: where the platform answers http.
    ///   - lifetime: seconds of a certificate's life.
    ///   - refused: domains for which it issues none.
    init(
        dns: NameServer, edgePort: Int, lifetime: Int = 90 * 86_400, refused: [String] = []
    ) async throws {
        self.dns = dns
        port = Ports.free()
        managementPort = Ports.free()
        environment = ["PEBBLE_VA_NOSLEEP": "1", "PEBBLE_WFE_NONCEREJECT": "0"]
        folder = "/tmp/ct-acme\(UInt32.random(in: .min ... .max))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        _ = try await OwnCertificate(in: folder, names: ["localhost"])
        let list = refused.map { "\"\($0)\"" }.joined(separator: ", ")
        try """
        {"pebble": {
            "listenAddress": "127.0.0.1:\(port)", "managementListenAddress": "127.0.0.1:\(managementPort)",
            "certificate": "\(folder)/own.pem", "privateKey": "\(folder)/own.key",
            "httpPort": \(edgePort), "tlsPort": 1, "ocspResponderURL": "", "externalAccountBindingRequired": false,
            "domainBlocklist": [\(list)], "certificateValidityPeriod": \(lifetime)
        }}
        """.write(toFile: "\(folder)/config.json", atomically: true, encoding: .utf8)
        try await start()
    }

    func start() async throws {
        program.value = try Program(
            ["pebble", "-config", "\(folder)/config.json", "-dnsserver", "127.0.0.1:\(dns.port)"],
            environment: environment, directory: folder)
        try await eventually("the certificate authority did not answer: \(log)") {
            try await run(
                ["curl", "-q", "-sf", "--cacert", "\(folder)/own.pem", "-o", root]
                    + ["https://localhost:\(managementPort)/roots/0"]
            ).succeeded
        }
    }

    var log: String { program.value?.printed ?? "" }

    /// Path of the PEM file that visitors trust. Another one after each start.
    var root: String { "\(folder)/root.pem" }

    func stop() async throws {
        guard let running = program.value else { return }
        running.signal(SIGTERM)
        try await running.wait(within: .seconds(20))
        program.value = nil
    }

    func end() async {
        try? await stop()
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// What makes a platform ask this authority.
    func settings(tlsPort: Int) -> [String: String] {
        [
            "CASTER_TLS": "acme", "CASTER_TLS_PORT": "\(tlsPort)", "CASTER_ACME_EMAIL": "operator@example.localhost",
            "CASTER_ACME_ACCEPT_TERMS": "yes", "CASTER_ACME_DIRECTORY": "https://localhost:\(port)/dir",
            "CASTER_ACME_CA": "\(folder)/own.pem", "CASTER_ACME_PROPAGATION": "skip",
        ]
    }
}
