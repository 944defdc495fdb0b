import CasterCore
import Foundation

/// A deployment in a list or above its log.
struct DeploymentRow {
    let number: Int64
    let status: String
    let source: String
    /// The first 8 digits.
    let commit: String
    let contentHash: String
    let created: Moment
    /// What it took; nil while it runs.
    let took: String?
    /// Its page.
    let link: String
    /// It may be made live again.
    let canRollBack: Bool
    /// Where the form for that goes.
    let rollBackPath: String

    init(_ deployment: Deployment, of site: Site, now: Date = .now) {
        number = deployment.id
        status = deployment.status.rawValue
        source = deployment.source.rawValue
        commit = String(deployment.commit.prefix(8))
        contentHash = String(deployment.tree.prefix(8))
        created = Moment(deployment.createdAt, now: now)
        took = deployment.finishedAt.map { Moment.duration($0.timeIntervalSince(deployment.createdAt)) }
        link = "/sites/\(site.siteID.short)/deployments/\(deployment.id)"
        canRollBack = deployment.status == .superseded && deployment.releaseID != nil
        rollBackPath = "\(link)/rollback"
    }
}
