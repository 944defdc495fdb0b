import Foundation

/// A browser in which somebody is signed in to the console.
public struct BrowserSession: Sendable, Hashable {
    public let id: Int64
    public let userID: Int64
    /// What the browser calls itself, at most `clientLength` characters; told by the client, so never to be trusted.
    public let client: String
    public let createdAt: Date
    /// To the minute.
    public let lastSeenAt: Date
    /// From here on it opens nothing; put off while it is used.
    public let expiresAt: Date

    public static let clientLength = 200

    public init(id: Int64, userID: Int64, client: String, createdAt: Date, lastSeenAt: Date, expiresAt: Date) {
        self.id = id
        self.userID = userID
        self.client = client
        self.createdAt = createdAt
        self.lastSeenAt = lastSeenAt
        self.expiresAt = expiresAt
    }
}
