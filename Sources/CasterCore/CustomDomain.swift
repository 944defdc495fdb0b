import Foundation

/// A domain under which a site of its owner answers.
public struct CustomDomain: Sendable, Hashable {
    /// What it waits for.
    public enum Status: String, Sendable, Hashable {
        /// Its records are not there yet, or not as they should be.
        case waitingForDNS = "waiting for DNS"
        case waitingForCertificate = "waiting for certificate"
        case live
        case failed
    }

    public let id: Int64
    /// `Site.id`.
    public let siteID: Int64
    public let name: DomainName
    /// What the TXT record must say, 32 hex digits.
    public let token: String
    public let status: Status
    /// What was seen last, in one sentence; nil if there is nothing to say.
    public let reason: String?
    /// Whether the site's other domains lead to it.
    public let isPrimary: Bool
    /// Whether it was proven to be the owner's. Of several sites that want a domain, one at most has proven it.
    public let isVerified: Bool
    /// Checks since it was asked for.
    public let attempts: Int
    public let createdAt: Date

    public init(
        id: Int64, siteID: Int64, name: DomainName, token: String, status: Status, reason: String?, isPrimary: Bool,
        isVerified: Bool, attempts: Int, createdAt: Date
    ) {
        self.id = id
        self.siteID = siteID
        self.name = name
        self.token = token
        self.status = status
        self.reason = reason
        self.isPrimary = isPrimary
        self.isVerified = isVerified
        self.attempts = attempts
        self.createdAt = createdAt
    }

    /// The TXT record's text.
    public var proof: String { "caster=\(token)" }
}

/// A DNS record that the owner of a domain is asked to set.
public struct RecordToSet: Sendable, Hashable {
    /// `A`, `AAAA`, `CNAME` or `TXT`.
    public let type: String
    public let name: String
    public let value: String

    public init(type: String, name: String, value: String) {
        self.type = type
        self.name = name
        self.value = value
    }
}
