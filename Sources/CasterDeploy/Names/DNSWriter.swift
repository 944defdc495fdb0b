import CasterCore
import CasterStore
import Foundation

/// Writes the records of sites' names by dynamic update (RFC 2136), with `nsupdate`.
///
/// Beside each name there is a TXT record that says which platform made it: `_caster.<label>.<domain>`, a name of its own, so
/// that it can also stand beside a CNAME. Each update has prerequisites which the server judges together with it: a name is
/// taken only if nothing has it, and changed or removed only if this platform's mark is there.
struct DNSWriter: Sendable {
    let settings: DNSSettings
    let names: NameSettings
    let address: PublicAddress
    /// What the mark says.
    let platformID: String

    /// What the zone gets for each name; as a text, to compare with what it got before.
    var content: String { ([settings.zone, address.sitesDomain, String(settings.ttl)] + data).joined(separator: "\n") }

    /// What went wrong, as far as it decides what happens next.
    enum Failure: Error, Sendable, CustomStringConvertible {
        /// Something else has this name in the zone.
        case foreign(String)
        /// The server cannot be reached, or does not take updates.
        case server(String)

        var description: String {
            switch self {
            case .foreign(let host):
                "the DNS has a record of \(host) that this platform did not make, and leaves as it is"
            case .server(let words): "the DNS server does not take the record: \(words)"
            }
        }
    }

    /// Makes the zone have a name, or not have it. Throws `Failure`, or what `Tool` throws.
    func write(_ record: DNSRecord) async throws {
        if record.isWanted {
            let host = address.host(label: record.label)
            if try await update(new(host)) { return }
            guard try await update(own(host, replaced: true)) else { throw Failure.foreign(host) }
        } else {
            // What is not marked is not ours: nothing is to be done.
            _ = try await update(own(address.host(label: record.label), replaced: false))
        }
    }

    private var data: [String] {
        switch settings.target {
        case .addresses: names.addresses.map { "\($0.contains(":") ? "AAAA" : "A") \($0)" }
        case .cname(let host): ["CNAME \(host)."]
        }
    }

    private func mark(_ host: String) -> String { "\(DomainName.proofLabel).\(host)." }
    private var markText: String { "\"caster platform \(platformID)\"" }

    private func new(_ host: String) -> [String] {
        ["prereq nxdomain \(host).", "prereq nxdomain \(mark(host))"] + added(host)
    }

    private func own(_ host: String, replaced: Bool) -> [String] {
        ["prereq yxrrset \(mark(host)) TXT \(markText)"]
            + ["A", "AAAA", "CNAME"].map { "update delete \(host). \($0)" } + ["update delete \(mark(host)) TXT"]
            + (replaced ? added(host) : [])
    }

    private func added(_ host: String) -> [String] {
        data.map { "update add \(host). \(settings.ttl) \($0)" }
            + ["update add \(mark(host)) \(settings.ttl) TXT \(markText)"]
    }

    /// False if a prerequisite did not hold, and then nothing has changed.
    private func update(_ lines: [String]) async throws -> Bool {
        let script =
            ["server \(settings.server.host) \(settings.server.port)", "zone \(settings.zone)."] + lines + ["send"]
        let outcome = try await Tool("nsupdate", package: "bind9-dnsutils").run(
            ["-v", "-t", "10", "-k", settings.keyFile], input: script.joined(separator: "\n") + "\n", seconds: 15)
        if outcome.status == 0 { return true }
        if ["NXRRSET", "YXDOMAIN", "YXRRSET"].contains(where: { outcome.text.contains("update failed: \($0)") }) {
            return false
        }
        throw Failure.server(outcome.lastLine)
    }
}
