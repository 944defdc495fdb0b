import Foundation
import Glibc

/// An authoritative DNS server (Knot) on the loopback, with one zone that takes signed updates, `localhost`: the
/// platform's names are in it, below `caster.localhost`, and those of people.
final class NameServer: Sendable {
    let port: Int
    let folder: String
    /// As `tsig-keygen` writes it.
    var keyFile: String { "\(folder)/key" }
    private let program: Box<Program?> = Box(nil)

    init() async throws {
        port = Ports.free()
        folder = "/tmp/ct-dns\(UInt32.random(in: .min ... .max))"
        for path in [folder, "\(folder)/db"] {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        }
        let secret = try await run(["openssl", "rand", "-base64", "32"]).orThrow("openssl rand").line
        try """
        key "caster" {
        \talgorithm hmac-sha256;
        \tsecret "\(secret)";
        };

        """.write(toFile: keyFile, atomically: true, encoding: .utf8)
        let zones = ["localhost"]
        for zone in zones {
            try """
            $ORIGIN \(zone).
            $TTL 60
            @ SOA ns.\(zone). admin.\(zone). 1 60 60 3600 1
            @ NS ns.\(zone).
            ns A 127.0.0.1

            """.write(toFile: "\(folder)/\(zone).zone", atomically: true, encoding: .utf8)
        }
        try """
        server:
            rundir: "\(folder)"
            listen: 127.0.0.1@\(port)
        log:
          - target: stderr
            any: warning
        database:
            storage: "\(folder)/db"
        key:
          - id: caster
            algorithm: hmac-sha256
            secret: \(secret)
        acl:
          - id: writers
            key: caster
            action: [update, transfer]
        template:
          - id: default
            storage: "\(folder)"
            file: "%s.zone"
            zonefile-sync: 0
            acl: writers
        zone:
        \(zones.map { "  - domain: \($0)" }.joined(separator: "\n"))

        """.write(toFile: "\(folder)/knot.conf", atomically: true, encoding: .utf8)
        try await start()
    }

    func start() async throws {
        program.value = try Program(["knotd", "-c", "\(folder)/knot.conf"], directory: folder)
        try await eventually("the DNS server did not answer") {
            try await run([
                "dig", "@127.0.0.1", "-p", "\(port)", "+short", "+tries=1", "+time=1", "SOA", "localhost",
            ])
            .text.contains("admin.localhost")
        }
    }

    func stop() async throws {
        guard let running = program.value else { return }
        running.signal(SIGTERM)
        try await running.wait(within: .seconds(20))
        program.value = nil
    }

    /// Ends the server and removes its folder.
    func end() async {
        try? await stop()
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// What makes a platform write its sites' names into this server's zone.
    var settings: [String: String] {
        [
            "CASTER_DNS": "rfc2136", "CASTER_DNS_SERVER": "127.0.0.1:\(port)", "CASTER_DNS_KEY_FILE": keyFile,
            "CASTER_DNS_ZONE": "localhost",
            "CASTER_DNS_TTL": "30", "CASTER_PUBLIC_ADDRESSES": "127.0.0.1",
            "CASTER_DNS_RESOLVER": "127.0.0.1:\(port)",
        ]
    }

    /// The records of a name, such as `A` of `x.example.localhost`, sorted.
    func records(_ type: String, of name: String) async throws -> [String] {
        try await run(["dig", "@127.0.0.1", "-p", "\(port)", "+short", "-t", type, "-q", name]).orThrow("dig").lines
            .sorted()
    }

    /// The zone's records without those that it began with, each as `<name> <type> <data>`, sorted.
    func zone() async throws -> [String] {
        let lines = try await run(
            ["dig", "@127.0.0.1", "-p", "\(port)", "-k", keyFile, "+onesoa", "+noall", "+answer", "AXFR", "localhost"]
        ).orThrow("dig AXFR").lines
        return lines.compactMap { line in
            let words = line.split(whereSeparator: \.isWhitespace).map(String.init)
            guard words.count > 4, ["A", "AAAA", "CNAME", "TXT"].contains(words[3]), !words[0].hasPrefix("ns.") else {
                return nil
            }
            return "\(words[0].dropLast()) \(words[3]) \(words[4...].joined(separator: " "))"
        }.sorted()
    }

    /// Somebody else's update, such as `add www.example.localhost. 60 A 127.0.0.1`.
    func update(_ changes: String...) async throws {
        let script =
            "server 127.0.0.1 \(port)\nzone localhost.\n" + changes.map { "update \($0)\n" }.joined() + "send\n"
        _ = try await run(["nsupdate", "-v", "-k", keyFile], input: Data(script.utf8)).orThrow("nsupdate")
    }
}

/// Runs `body` beside a DNS server.
func withNameServer(_ body: (NameServer) async throws -> Void) async throws {
    let server = try await NameServer()
    do {
        try await body(server)
        await server.end()
    } catch {
        await server.end()
        throw error
    }
}
