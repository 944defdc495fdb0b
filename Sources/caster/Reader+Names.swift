import CasterCore
import Foundation

extension Reader {
    /// The settings of DNS, TLS and certificates.
    ///
    /// - Parameter absolute: makes a path absolute.
    ///
    /// Throws `UsageError` for a value that makes no sense, or one that another makes necessary.
    func names(sitesDomain: String, absolute: (String) -> String) throws -> NameSettings {
        let addresses = try addresses()
        return NameSettings(
            dns: try dns(sitesDomain: sitesDomain, addresses: addresses, absolute: absolute),
            tls: try tls(absolute: absolute), addresses: addresses, resolver: try resolver())
    }

    private func addresses() throws -> [String] {
        let text = try text(.addresses)
        if text == "none" { return [] }
        return try text.split(separator: ",", omittingEmptySubsequences: false).map { part in
            let address = part.trimmingCharacters(in: .whitespaces).lowercased()
            var (v4, v6) = (in_addr(), in6_addr())
            guard inet_pton(AF_INET, address, &v4) == 1 || inet_pton(AF_INET6, address, &v6) == 1 else {
                throw UsageError("CASTER_PUBLIC_ADDRESSES must be IP addresses with commas, or none, not '\(text)'")
            }
            return address
        }
    }

    private func resolver() throws -> NetworkAddress? {
        let text = try text(.resolver)
        return text == "system" ? nil : try networkAddress(text, .resolver)
    }

    private func networkAddress(_ text: String, _ setting: Setting) throws -> NetworkAddress {
        guard let address = NetworkAddress(text, standardPort: 53) else {
            throw UsageError("\(setting.name) must be a host, or host:port, not '\(text)'")
        }
        return address
    }

    private func dns(
        sitesDomain: String, addresses: [String], absolute: (String) -> String
    ) throws -> DNSSettings? {
        guard try choice(.dns, "none", "rfc2136") == "rfc2136" else { return nil }
        let server = try networkAddress(required(.dnsServer, because: "CASTER_DNS is rfc2136"), .dnsServer)
        let zone = try text(.dnsZone) == "sites" ? sitesDomain : domain(.dnsZone)
        guard sitesDomain == zone || sitesDomain.hasSuffix(".\(zone)") else {
            throw UsageError("CASTER_DNS_ZONE must be \(sitesDomain) or a domain above it, not '\(zone)'")
        }
        let keyFile = absolute(try required(.dnsKeyFile, because: "CASTER_DNS is rfc2136"))
        guard access(keyFile, R_OK) == 0 else {
            throw UsageError("CASTER_DNS_KEY_FILE cannot be read: \(keyFile): \(String(cString: strerror(errno)))")
        }
        let target: DNSSettings.Target =
            try text(.dnsTarget) == "addresses" ? .addresses : .cname(domain(.dnsTarget))
        guard target != .addresses || !addresses.isEmpty else {
            throw UsageError("CASTER_PUBLIC_ADDRESSES must be set, because sites' DNS records name them")
        }
        return DNSSettings(
            server: server, zone: zone, keyFile: keyFile, ttl: try number(.dnsTTL, in: 1...604_800), target: target)
    }

    private func tls(absolute: (String) -> String) throws -> TLSSettings? {
        switch try choice(.tls, "off", "files", "acme") {
        case "files":
            let reason = "CASTER_TLS is files"
            return TLSSettings(
                port: try port(.tlsPort),
                source: .files(
                    certificate: absolute(try required(.tlsCertificate, because: reason)),
                    key: absolute(try required(.tlsKey, because: reason))))
        case "acme":
            return TLSSettings(port: try port(.tlsPort), source: .acme(try acme(absolute: absolute)))
        default: return nil
        }
    }

    private func acme(absolute: (String) -> String) throws -> ACMESettings {
        let directory = try text(.acmeDirectory)
        guard directory.hasPrefix("https://"), URL(string: directory)?.host() != nil else {
            throw UsageError("CASTER_ACME_DIRECTORY must be an https URL, not '\(directory)'")
        }
        let email = try required(.acmeEmail, because: "CASTER_TLS is acme")
        guard email.contains("@"), !email.hasPrefix("-"), !email.contains("/") else {
            throw UsageError("CASTER_ACME_EMAIL must be an e-mail address, not '\(email)'")
        }
        guard try choice(.acmeTerms, "no", "yes") == "yes" else {
            throw UsageError("CASTER_ACME_ACCEPT_TERMS must be yes: read the terms of \(directory) first")
        }
        let authorities = try text(.acmeAuthorities) == "system" ? nil : absolute(text(.acmeAuthorities))
        if let authorities, access(authorities, R_OK) != 0 {
            throw UsageError("CASTER_ACME_CA cannot be read: \(authorities): \(String(cString: strerror(errno)))")
        }
        return ACMESettings(
            directory: directory, email: email, authorities: authorities,
            awaitsPropagation: try choice(.acmePropagation, "wait", "skip") == "wait")
    }

    private func choice(_ setting: Setting, _ values: String...) throws -> String {
        let value = try text(setting)
        guard values.contains(value) else {
            let list = values.dropLast().joined(separator: ", ") + " or " + (values.last ?? "")
            throw UsageError("\(setting.name) must be \(list), not '\(value)'")
        }
        return value
    }

    private func required(_ setting: Setting, because reason: String) throws -> String {
        let value = try text(setting)
        guard value != "none" else { throw UsageError("\(setting.name) must be set, because \(reason)") }
        return value
    }
}
