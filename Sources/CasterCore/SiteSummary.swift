/// A site as a list of sites shows it.
public struct SiteSummary: Sendable, Hashable {
    public let site: Site
    /// The newest deployment; nil if there was none.
    public let latest: Deployment?
    /// Whether visitors see a deployment of it.
    public let isLive: Bool

    /// Whether what is live is a container that does not run: the next visitor wakes it.
    public let isAsleep: Bool

    public init(site: Site, latest: Deployment?, isLive: Bool, isAsleep: Bool) {
        self.site = site
        self.latest = latest
        self.isLive = isLive
        self.isAsleep = isAsleep
    }
}
