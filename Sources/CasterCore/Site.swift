import Foundation

/// What a user owns: a repository, an address and the releases behind it.
public struct Site: Sendable, Hashable {
    public let id: Int64
    public let siteID: SiteID
    /// Nil for a site that nobody owns yet.
    public let userID: Int64?
    /// The custom name, if one was set.
    public let name: String?
    public let createdAt: Date

    public init(id: Int64, siteID: SiteID, userID: Int64?, name: String?, createdAt: Date) {
        self.id = id
        self.siteID = siteID
        self.userID = userID
        self.name = name
        self.createdAt = createdAt
    }

    /// The label in front of the platform's domain: the name if there is one, else the short ID.
    public var label: String { name ?? siteID.short }
}

/// Where a site runs. Every site has `prod`.
public struct SiteEnvironment: Sendable, Hashable {
    public enum ContainerState: String, Sendable, Hashable {
        case stopped, starting, running
    }

    public let id: Int64
    /// `Site.id`, not `Site.siteID`.
    public let siteID: Int64
    public let name: String
    public let containerState: ContainerState
    public let createdAt: Date

    public init(id: Int64, siteID: Int64, name: String, containerState: ContainerState, createdAt: Date) {
        self.id = id
        self.siteID = siteID
        self.name = name
        self.containerState = containerState
        self.createdAt = createdAt
    }
}
