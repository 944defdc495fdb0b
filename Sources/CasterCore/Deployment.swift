import Foundation

/// One attempt to make one commit live.
public struct Deployment: Sendable, Hashable {
    public let id: Int64
    public let environmentID: Int64
    /// `Site.id` of the site that it belongs to.
    public let siteID: Int64
    /// 40 hex digits.
    public let commit: String
    /// The commit's tree: 40 hex digits, the same for the same files whichever way they came.
    public let tree: String
    public let source: DeploymentSource
    public let status: DeploymentStatus
    /// The deployment that took its place, where it is known.
    public let supersededBy: Int64?
    /// The deployment that made the release which this one shows, perhaps itself. Nil while there is none, and when it
    /// was removed.
    public let releaseID: Int64?
    /// The short ID and the first 8 digits of the commit.
    public let imageTag: String
    /// TCP port that the release listens on inside its container; 80 for static files.
    public let containerPort: Int
    /// The container image of the release, as the engine knows it (`sha256:…`). Nil for static files, and while there
    /// is no release.
    public let image: String?
    public let createdAt: Date
    /// When it reached `live`, `failed` or `superseded` first; nil until then.
    public let finishedAt: Date?

    public init(
        id: Int64, environmentID: Int64, siteID: Int64, commit: String, tree: String, source: DeploymentSource,
        status: DeploymentStatus, supersededBy: Int64?, releaseID: Int64?, imageTag: String, containerPort: Int,
        image: String?, createdAt: Date, finishedAt: Date?
    ) {
        self.id = id
        self.environmentID = environmentID
        self.siteID = siteID
        self.commit = commit
        self.tree = tree
        self.source = source
        self.status = status
        self.supersededBy = supersededBy
        self.releaseID = releaseID
        self.imageTag = imageTag
        self.containerPort = containerPort
        self.image = image
        self.createdAt = createdAt
        self.finishedAt = finishedAt
    }
}

/// The door that a deployment's files came through.
public enum DeploymentSource: String, Sendable, Hashable {
    case push, paste, upload, rollback, mcp
    case oneShot = "one-shot"
}
