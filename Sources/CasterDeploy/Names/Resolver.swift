import CasterCore
import Foundation

/// Looks names up, with `dig`.
struct Resolver: Sendable {
    /// Nil for the system's.
    let server: NetworkAddress?

    /// The IP addresses of a host, aliases followed.
    func addresses(of host: String) async throws -> Set<String> {
        var found: Set<String> = []
        for type in ["A", "AAAA"] {
            for line in try await lookUp(host, type) {
                if let address = Self.canonical(line) { found.insert(address) }
            }
        }
        return found
    }

    /// The texts of a name's TXT records.
    func texts(of name: String) async throws -> [String] {
        try await lookUp(name, "TXT").map { line in
            // Parts of up to 255 bytes, each in quotes.
            line.replacing("\" \"", with: "").trimmingCharacters(in: ["\""])
        }
    }

    /// An address in one spelling; nil for what is none.
    static func canonical(_ text: String) -> String? {
        var (v4, v6) = (in_addr(), in6_addr())
        if inet_pton(AF_INET, text, &v4) == 1 { return text }
        guard inet_pton(AF_INET6, text, &v6) == 1 else { return nil }
        return withUnsafeBytes(of: &v6) { Secret.hex($0) }
    }

    /// Throws `Refusal.unavailable` if no resolver answers.
    private func lookUp(_ name: String, _ type: String) async throws -> [String] {
        let place = server.map { ["@\($0.host)", "-p", "\($0.port)"] } ?? []
        let outcome = try await Tool("dig", package: "bind9-dnsutils").run(
            place + ["+short", "+time=3", "+tries=2", "-t", type, "-q", name], seconds: 20)
        guard outcome.status == 0 else {
            throw Refusal.unavailable("no resolver answers at the moment (CASTER_DNS_RESOLVER)")
        }
        return outcome.text.split(separator: "\n").map(String.init).filter { !$0.hasPrefix(";") }
    }
}
