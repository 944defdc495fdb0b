import CasterCore

/// The label that everything bears which one platform has its engine make: whose it is, as `<platform>/<site>`. What
/// bears another's, or none, is never touched. It is one and not two, since each costs a build another step.
public struct Labels: Sendable, Hashable {
    /// Of the platform: several may share an engine.
    public let platform: String

    public init(platform: String) { self.platform = platform }

    static let ownerKey = "zip.caster"
    private static let releaseKey = "zip.caster.release"

    func of(_ site: SiteID, release: Int64? = nil) -> [String: String] {
        var labels = [Self.ownerKey: "\(platform)/\(site.hex)"]
        if let release { labels[Self.releaseKey] = String(release) }
        return labels
    }

    /// The `filters` parameter that finds what is one site's; without a site, what may be this platform's.
    func filter(_ site: SiteID? = nil) throws -> String {
        let label = site.map { "\(Self.ownerKey)=\(platform)/\($0.hex)" } ?? Self.ownerKey
        return try Engine.json(["label": [label]])
    }

    /// The site that something with these labels belongs to; nil if it is not this platform's.
    func site(of labels: [String: String]?) -> SiteID? {
        guard let owner = labels?[Self.ownerKey], owner.hasPrefix("\(platform)/") else { return nil }
        return SiteID(String(owner.dropFirst(platform.utf8.count + 1)))
    }

    func release(of labels: [String: String]) -> Int64? { labels[Self.releaseKey].flatMap { Int64($0) } }
}
