/// How the platform's names are known to the world: DNS records, certificates, and how those of others are looked up.
public struct NameSettings: Sendable, Hashable {
    /// Nil if somebody else cares for the records, such as a wildcard.
    public let dns: DNSSettings?
    /// Nil if the edge speaks http only.
    public let tls: TLSSettings?
    /// IPv4 and IPv6 addresses at which the world reaches the edge; empty if nobody told.
    public let addresses: [String]
    /// The resolver that is asked for custom domains; nil for the system's.
    public let resolver: NetworkAddress?

    public init(
        dns: DNSSettings? = nil, tls: TLSSettings? = nil, addresses: [String] = [], resolver: NetworkAddress? = nil
    ) {
        self.dns = dns
        self.tls = tls
        self.addresses = addresses
        self.resolver = resolver
    }

    /// The settings of the certificate authority; nil if there is none.
    public var acme: ACMESettings? {
        guard case .acme(let settings) = tls?.source else { return nil }
        return settings
    }

    /// Whether one certificate stands for the domain and all names directly below it: the authority is shown a DNS record,
    /// so the domain must be in the zone that the platform writes.
    public func hasWildcard(_ domain: String) -> Bool {
        guard acme != nil, let zone = dns?.zone else { return false }
        return domain == zone || domain.hasSuffix(".\(zone)")
    }
}

/// Where DNS records are written by dynamic update (RFC 2136).
public struct DNSSettings: Sendable, Hashable {
    /// What the records of a site say.
    public enum Target: Sendable, Hashable {
        /// A and AAAA records with `NameSettings.addresses`.
        case addresses
        /// A CNAME record.
        case cname(String)
    }

    public let server: NetworkAddress
    /// Without a dot at its end.
    public let zone: String
    /// Absolute path of a file with a TSIG key, as `tsig-keygen` writes it.
    public let keyFile: String
    /// Seconds for which others may keep a record.
    public let ttl: Int
    public let target: Target

    public init(server: NetworkAddress, zone: String, keyFile: String, ttl: Int, target: Target) {
        self.server = server
        self.zone = zone
        self.keyFile = keyFile
        self.ttl = ttl
        self.target = target
    }
}

/// How the edge speaks TLS.
public struct TLSSettings: Sendable, Hashable {
    /// Where certificates come from.
    public enum Source: Sendable, Hashable {
        /// Absolute paths of PEM files for the platform and its sites; the operator's, and read anew for each handshake.
        case files(certificate: String, key: String)
        case acme(ACMESettings)
    }

    public let port: Int
    public let source: Source

    public init(port: Int, source: Source) {
        self.port = port
        self.source = source
    }
}

/// A certificate authority (RFC 8555) whose terms the operator accepted.
public struct ACMESettings: Sendable, Hashable {
    /// URL.
    public let directory: String
    public let email: String
    /// Absolute path of the PEM file with the authorities that the directory's own certificate is judged by; nil for the
    /// system's.
    public let authorities: String?
    /// Whether a DNS record must be seen at all the zone's servers before the authority is asked to look.
    public let awaitsPropagation: Bool

    public init(directory: String, email: String, authorities: String?, awaitsPropagation: Bool) {
        self.directory = directory
        self.email = email
        self.authorities = authorities
        self.awaitsPropagation = awaitsPropagation
    }
}

/// A host, by name or IP address, and a port.
public struct NetworkAddress: Sendable, Hashable, CustomStringConvertible {
    public let host: String
    public let port: Int

    public init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// Reads `host`, `host:port`, `[v6]:port` or an IPv6 address. Nil for anything else, and for a host that could be
    /// taken for something other than a host.
    public init?(_ text: String, standardPort: Int) {
        var host = text
        var port = standardPort
        if text.hasPrefix("["), let end = text.firstIndex(of: "]") {
            host = String(text[text.index(after: text.startIndex)..<end])
            let rest = text[text.index(after: end)...]
            if !rest.isEmpty {
                guard rest.hasPrefix(":"), let number = Int(rest.dropFirst()) else { return nil }
                port = number
            }
        } else if text.filter({ $0 == ":" }).count == 1, let colon = text.firstIndex(of: ":") {
            host = String(text[..<colon])
            guard let number = Int(text[text.index(after: colon)...]) else { return nil }
            port = number
        }
        let isHost = host.utf8.allSatisfy {
            $0.isLowerAlphanumeric || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ":")
        }
        guard isHost, !host.isEmpty, !host.hasPrefix("-"), (1...65535).contains(port) else { return nil }
        self.init(host: host, port: port)
    }

    public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
