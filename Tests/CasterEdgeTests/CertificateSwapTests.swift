import CasterCore
import CasterEdge
import CasterProcess
import Foundation
import Testing

/// Certificates that are replaced while clients look at them. Each has a key of its own.
@Suite(.timeLimit(.minutes(2))) struct CertificateSwapTests {
    /// What `handshakes.py` prints.
    private struct Sums: Decodable {
        let handshakes: Int
        let failures: [String]
        let serials: [String]
    }

    private static let handshakes = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "EndToEnd/Scripts/handshakes.py").path(percentEncoded: false)

    private func run(_ words: String..., in folder: String) throws -> ChildProcess {
        let output = open("\(folder)/output", O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        defer { close(output) }
        return try ChildProcess(
            executable: try #require(InstalledProgram.path(of: words[0])), arguments: Array(words.dropFirst()),
            environment: ["PATH": "/usr/bin:/bin"], stdout: output)
    }

    /// Certificate and key, its own root.
    private func make(_ names: String, in folder: String) throws -> (certificate: String, key: String) {
        let child = try run(
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
            "-subj", "/CN=swapped", "-addext", "subjectAltName=\(names)", "-keyout", "\(folder)/key", "-out",
            "\(folder)/certificate", in: folder)
        try #require(child.waitForExit() == 0)
        return try (
            String(contentsOfFile: "\(folder)/certificate", encoding: .utf8),
            String(contentsOfFile: "\(folder)/key", encoding: .utf8)
        )
    }

    /// Runs `swap` again and again beside clients, and returns what those saw.
    private func withClients(
        of host: String, port: Int, trusting certificates: [String], in folder: String, _ swap: (Int) throws -> Void
    ) async throws -> Sums {
        try certificates.joined().write(toFile: "\(folder)/trusted", atomically: true, encoding: .utf8)
        let clients = try run(
            "python3", Self.handshakes, "\(port)", host, "\(folder)/trusted", in: folder)
        // At first the same again and again, until each of nginx's workers knows it.
        for number in -50..<400 {
            try swap(max(0, number))
            try await Task.sleep(for: .milliseconds(10))
        }
        clients.signal(SIGINT)
        try #require(clients.waitForExit() == 0)
        return try JSONDecoder().decode(Sums.self, from: Data(contentsOf: URL(filePath: "\(folder)/output")))
    }

    private func withSecureEdge(
        _ fixture: EdgeFixture, _ source: TLSSettings.Source, _ body: @Sendable (_ port: Int) async throws -> Void
    ) async throws {
        let port = try FreePort.find()
        let configuration = try EdgeConfiguration(
            folder: fixture.folder,
            address: PublicAddress(
                domain: fixture.domain, scheme: "https", edgePort: fixture.port, tlsPort: port, sshPort: 2222),
            names: NameSettings(tls: TLSSettings(port: port, source: source)), bind: "127.0.0.1", limits: Limits())
        let edge = Edge(configuration: configuration, logger: fixture.logger)
        try edge.prepare()
        try await running(edge) { try await body(port) }
        try fixture.remove()
    }

    /// As renewals do.
    @Test func noHandshakeFailsWhenOneIsInstalled() async throws {
        let fixture = try EdgeFixture()
        let folder = fixture.folder.run
        let pairs = try (0..<8).map { _ in try make("DNS:www.example.com", in: folder) }
        let certificates = EdgeCertificates(folder: fixture.folder)
        let acme = ACMESettings(directory: "", email: "", authorities: nil, awaitsPropagation: false)
        try await withSecureEdge(fixture, .acme(acme)) { port in
            func install(_ number: Int) throws {
                let pair = pairs[number % pairs.count]
                try certificates.install(pair.certificate + pair.key, for: "www.example.com")
            }
            try install(0)
            let sums = try await withClients(
                of: "www.example.com", port: port, trusting: pairs.map(\.certificate), in: folder, install)
            #expect(sums.failures.isEmpty, "\(sums.failures.prefix(3)) of \(sums.failures.count)")
            #expect(sums.serials.count == pairs.count)
            #expect(sums.handshakes > 400)
        }
    }

    /// Two files, one after the other, and for a moment they do not belong together.
    @Test func noHandshakeFailsWhenAnOperatorReplacesBothFiles() async throws {
        let fixture = try EdgeFixture()
        let folder = fixture.folder.run
        let names = "DNS:\(fixture.domain),DNS:*.\(fixture.domain)"
        let pairs = try (0..<8).map { _ in try make(names, in: folder) }
        @Sendable func replace(_ number: Int) throws {
            let pair = pairs[number % pairs.count]
            try pair.certificate.write(toFile: "\(folder)/own.pem", atomically: true, encoding: .utf8)
            try pair.key.write(toFile: "\(folder)/own.key", atomically: true, encoding: .utf8)
        }
        try replace(0)
        let source = TLSSettings.Source.files(certificate: "\(folder)/own.pem", key: "\(folder)/own.key")
        try await withSecureEdge(fixture, source) { port in
            let sums = try await withClients(
                of: "console.\(fixture.domain)", port: port, trusting: pairs.map(\.certificate), in: folder, replace)
            #expect(sums.failures.isEmpty, "\(sums.failures.prefix(3)) of \(sums.failures.count)")
            #expect(sums.serials.count == pairs.count)
        }
    }
}
