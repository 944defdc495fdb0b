import CasterCore
import Foundation

/// Orders one certificate at the authority (RFC 8555), with `lego`. `flock` holds a lock for as long as it runs, also if this
/// process dies meanwhile: one name is never ordered twice at once.
struct CertificateOrder: Sendable {
    let folder: DataFolder
    let acme: ACMESettings
    let names: NameSettings
    /// A host, or `*.<domain>`.
    let name: String
    /// Further names in the same certificate.
    let others: [String]

    /// What the authority issued last; nil if that is nothing, or cannot be read.
    struct Issued: Sendable {
        /// The chain and its key.
        let pem: String
        let notBefore: Date
        let notAfter: Date

        /// When two thirds of its life are over, or up to a thirtieth later, by chance.
        func renewal() -> Date {
            let life = notAfter.timeIntervalSince(notBefore)
            return notBefore.addingTimeInterval(life * (2.0 / 3 + .random(in: 0...1.0 / 30)))
        }
    }

    /// The authority was asked more often than it likes, and is not to be asked again before a time.
    struct RateLimited: Error {
        /// For the owner.
        let sentence: String
        let end: Date
    }

    /// What `flock` ends with if somebody has the lock.
    private static let isBusy: Int32 = 75

    /// Throws `Refusal.unavailable` with why there is none, `RateLimited`, `Tool`'s errors, or `CancellationError`.
    func run() async throws {
        let lego = try Tool("lego", package: "lego")
        let flock = try Tool("flock", package: "util-linux")
        // lego would let everybody read the account's key.
        let words = ["-c", "umask 077 && exec \"$@\"", "sh", flock.path]
        let options = ["--nonblock", "--no-fork", "--conflict-exit-code", "\(Self.isBusy)"]
        let outcome = try await Tool("sh", package: "dash", starting: "lego").run(
            words + options + ["\(folder.acme)/\(file).lock", lego.path] + arguments, environment: environment(),
            seconds: 300)
        switch outcome.status {
        case 0: return
        case Self.isBusy: throw Refusal.unavailable("an earlier order of this certificate is still under way")
        default:
            let sentence = Self.reason(in: outcome)
            if let end = Self.endOfLimit(in: outcome.text) { throw RateLimited(sentence: sentence, end: end) }
            throw Refusal.unavailable(sentence)
        }
    }

    func issued() async throws -> Issued? {
        let path = "\(folder.acme)/certificates/\(file)"
        let texts = try await BlockingThreads.disk { () -> (String, String)? in
            guard let certificate = try? String(contentsOfFile: "\(path).crt", encoding: .utf8),
                let key = try? String(contentsOfFile: "\(path).key", encoding: .utf8)
            else { return nil }
            return (certificate, key)
        }
        guard let (certificate, key) = texts else { return nil }
        let openssl = try Tool("openssl", package: "openssl")
        // Whoever was killed between writing the two left them as they do not belong together.
        let owner = try await openssl.run(["x509", "-noout", "-pubkey", "-in", "\(path).crt"], seconds: 10)
        let held = try await openssl.run(["pkey", "-pubout", "-in", "\(path).key"], seconds: 10)
        guard owner.status == 0, owner.text == held.text else { return nil }
        let outcome = try await openssl.run(
            ["x509", "-noout", "-startdate", "-enddate", "-dateopt", "iso_8601", "-in", "\(path).crt"], seconds: 10)
        guard outcome.status == 0, let notBefore = Self.date("notBefore", in: outcome.text),
            let notAfter = Self.date("notAfter", in: outcome.text)
        else { return nil }
        return Issued(pem: certificate + "\n" + key, notBefore: notBefore, notAfter: notAfter)
    }

    private var file: String { name.replacing("*", with: "_") }

    private var isByDNS: Bool { name.hasPrefix("*.") }

    private var arguments: [String] {
        var words = ["--path", folder.acme, "--server", acme.directory, "--email", acme.email, "--accept-tos"]
        for name in [name] + others { words += ["--domains", name] }
        words += ["--key-type", "ec256", "--cert.timeout", "60"]
        if isByDNS {
            words += ["--dns", "rfc2136"]
            if !acme.awaitsPropagation { words.append("--dns.disable-cp") }
            if let resolver = names.resolver { words += ["--dns.resolvers", resolver.description] }
        } else {
            words += ["--http", "--http.webroot", folder.challenges]
        }
        return words + ["run"]
    }

    /// Secrets go here: everybody on the machine can read a command line.
    private func environment() throws(Refusal) -> [String: String] {
        var environment: [String: String] = [:]
        if let authorities = acme.authorities { environment["LEGO_CA_CERTIFICATES"] = authorities }
        if isByDNS, let dns = names.dns {
            let key = try TSIGKey(file: dns.keyFile)
            environment["RFC2136_NAMESERVER"] = dns.server.description
            environment["RFC2136_TSIG_KEY"] = key.name
            environment["RFC2136_TSIG_ALGORITHM"] = "\(key.algorithm)."
            environment["RFC2136_TSIG_SECRET"] = key.secret
            environment["RFC2136_TTL"] = "60"
            // Seconds between the records of the domain and of the wildcard, which have the same name.
            environment["RFC2136_SEQUENCE_INTERVAL"] = acme.awaitsPropagation ? "10" : "1"
        }
        return environment
    }

    /// What lego said last, without its date, as one line. A line that ends with a colon is explained by those after it.
    private static func reason(in outcome: Tool.Outcome) -> String {
        let lines = outcome.text.split(separator: "\n").map(String.init)
        let start = lines.lastIndex { line in ["error", "Error", "Could not"].contains { line.contains($0) } }
        var words = start.map { lines[$0] } ?? outcome.lastLine
        if let start, let colon = lines[start...].firstIndex(where: { $0.hasSuffix(":") }) {
            words = lines[colon...].joined(separator: " ")
        }
        words = words.replacing(#/^[0-9\/]+ [0-9:]+[ ]/#, with: "")
        return "the certificate authority gives none: "
            + String(words.prefix(400)).trimmingCharacters(in: .whitespaces)
    }

    /// Until when the authority is to be left alone; nil if that is not what is wrong. lego does not show the answer's
    /// `Retry-After`; Let's Encrypt says the time in words too, and where nobody says one, an hour is what limits are
    /// counted in.
    private static func endOfLimit(in text: String) -> Date? {
        guard text.contains("error:rateLimited") || text.contains("error: 429 ") else { return nil }
        let times = text.matches(of: /[Rr]etry after ([0-9]{4}-[0-9]{2}-[0-9]{2})[ T]([0-9]{2}:[0-9]{2}:[0-9]{2})/)
            .compactMap { try? Date("\($0.1)T\($0.2)Z", strategy: .iso8601) }
        return times.max() ?? .now.addingTimeInterval(3600)
    }

    private static func date(_ name: String, in text: String) -> Date? {
        guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix("\(name)=") }) else { return nil }
        let value = line.dropFirst(name.count + 1).replacing(" ", with: "T")
        return try? Date(String(value), strategy: .iso8601)
    }
}
