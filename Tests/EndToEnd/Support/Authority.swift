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
    /// Through which the platform asks it, if at all.
    let front: AuthorityFront?

    /// - Parameters:
    ///   - edgePort: where the platform answers http.
    ///   - lifetime: seconds of a certificate's life.
    ///   - refused: domains for which it issues none.
    ///   - hasFront: whether it is asked through `front`.
    init(
        dns: NameServer, edgePort: Int, lifetime: Int = 90 * 86_400, refused: [String] = [],
        hasFront: Bool = false
    ) async throws {
        self.dns = dns
        port = Ports.free()
        managementPort = Ports.free()
        environment = ["PEBBLE_VA_NOSLEEP": "1", "PEBBLE_WFE_NONCEREJECT": "0"]
        folder = "/tmp/ct-acme\(UInt32.random(in: .min ... .max))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        _ = try await OwnCertificate(in: folder, names: ["localhost"])
        front = hasFront ? try AuthorityFront(of: port, folder: folder) : nil
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
        front?.end()
        try? await stop()
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// What makes a platform ask this authority.
    func settings(tlsPort: Int) -> [String: String] {
        [
            "CASTER_TLS": "acme", "CASTER_TLS_PORT": "\(tlsPort)", "CASTER_ACME_EMAIL": "operator@example.localhost",
            "CASTER_ACME_ACCEPT_TERMS": "yes", "CASTER_ACME_DIRECTORY": "https://localhost:\(front?.port ?? port)/dir",
            "CASTER_ACME_CA": "\(folder)/own.pem", "CASTER_ACME_PROPAGATION": "skip",
        ]
    }
}

/// Runs `body` with a platform, a DNS server and a certificate authority.
///
/// - Parameters:
///   - writesDNS: whether the platform may write into its zone; else a wildcard record leads to it.
///   - hasFront: whether the authority is asked through `Authority.front`.
func withAuthority(
    writesDNS: Bool = true, lifetime: Int = 90 * 86_400, refused: [String] = [], settings: [String: String] = [:],
    hasFront: Bool = false,
    _ body: (Platform, NameServer, Authority) async throws -> Void
) async throws {
    try await withNameServer { server in
        let edgePort = Ports.free()
        let authority = try await Authority(
            dns: server, edgePort: edgePort, lifetime: lifetime, refused: refused, hasFront: hasFront)
        var all = server.settings.merging(authority.settings(tlsPort: Ports.free())) { $1 }
        all["CASTER_EDGE_PORT"] = "\(edgePort)"
        if !writesDNS { all["CASTER_DNS"] = "none" }
        do {
            for name in ["caster.localhost", "console.caster.localhost"] + (writesDNS ? [] : ["*.caster.localhost"]) {
                try await server.update("add \(name). 60 A 127.0.0.1")
            }
            try await withPlatform(settings: all.merging(settings) { $1 }) { platform in
                try await body(platform, server, authority)
            }
        } catch {
            print(authority.log.suffix(4000))
            await authority.end()
            throw error
        }
        await authority.end()
    }
}
