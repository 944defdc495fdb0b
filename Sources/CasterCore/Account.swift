import Foundation

/// A person with an account.
public struct User: Sendable, Hashable {
    public let id: Int64
    /// Trimmed and lower-cased.
    public let email: String
    public let createdAt: Date

    public init(id: Int64, email: String, createdAt: Date) {
        self.id = id
        self.email = email
        self.createdAt = createdAt
    }
}

/// A key for the API, without its secret half.
public struct APIKey: Sendable, Hashable {
    public let id: Int64
    public let name: String
    /// The first 8 digits of the plaintext, which tell keys apart.
    public let prefix: String
    public let createdAt: Date
    /// To the minute; nil if it was never used.
    public let lastUsedAt: Date?
    /// The OAuth client that it stands for; nil for a key that a person made.
    public let clientID: String?

    public init(
        id: Int64, name: String, prefix: String, createdAt: Date, lastUsedAt: Date?, clientID: String? = nil
    ) {
        self.clientID = clientID
        self.id = id
        self.name = name
        self.prefix = prefix
        self.createdAt = createdAt
        self.lastUsedAt = lastUsedAt
    }
}

/// A public key that signs its owner in over SSH. It belongs to one account in the whole system.
public struct SSHKey: Sendable, Hashable {
    public let id: Int64
    public let userID: Int64
    public let name: String
    /// The line that was added: type, base64 and comment.
    public let publicKey: String
    /// As `ssh-keygen -lf` prints it: `SHA256:` and unpadded base64.
    public let fingerprint: String
    public let createdAt: Date
    /// To the minute; nil if nobody signed in with it yet.
    public let lastUsedAt: Date?

    public init(
        id: Int64, userID: Int64, name: String, publicKey: String, fingerprint: String, createdAt: Date,
        lastUsedAt: Date?
    ) {
        self.id = id
        self.userID = userID
        self.name = name
        self.publicKey = publicKey
        self.fingerprint = fingerprint
        self.createdAt = createdAt
        self.lastUsedAt = lastUsedAt
    }
}
