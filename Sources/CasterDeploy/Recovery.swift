import CasterCore
import CasterEdge
import CasterGit
import CasterStore
import Foundation
import Glibc
import Logging

/// What a worker does at its start, so that a crash or a power cut leaves nothing behind.
struct Recovery: Sendable {
    let platform: Platform
    let containers: Containers
    let logger: Logger

    /// Runs the deployments to their end that a worker held when it died.
    func finishInterrupted() async throws {
        for deployment in try await platform.store.deploymentsInProgress() {
            logger.notice(
                "taking up a deployment that an earlier worker left unfinished",
                metadata: ["deployment": "\(deployment.id)", "status": "\(deployment.status.rawValue)"])
            await Deployer(
                platform: platform, deployment: deployment, containers: containers, cancellation: Cancellation(),
                logger: logger
            ).run()
        }
    }

    /// Visits every site: its route exists, and a commit on `main` that no deployment has, because the hook could not
    /// tell anybody, is accepted now.
    func compareSites() async throws {
        var last: Int64 = 0
        while true {
            let sites = try await platform.store.sites(after: last, limit: 500)
            guard let end = sites.last else { break }
            for site in sites {
                do {
                    try await compare(site)
                } catch is CancellationError {
                    return
                } catch {
                    logger.error(
                        "a site cannot be checked: look at its repository and its folder",
                        metadata: ["site": "\(site.siteID.short)", "error": "\(error)"])
                }
            }
            last = end.id
        }
        try await removeStrayRoutes()
    }

    /// Removes the routes of sites that are gone and of names that were given up.
    private func removeStrayRoutes() async throws {
        let folder = platform.folder.hosts
        let hosts = try await BlockingThreads.disk { try FileManager.default.contentsOfDirectory(atPath: folder) }
        for host in hosts where !host.hasPrefix(".") {
            if try await platform.isRouted(host) { continue }
            logger.notice("removing the route of a site or name that is gone", metadata: ["host": "\(host)"])
            try await BlockingThreads.disk { [routes = platform.routes] in try routes.remove(host: host) }
        }
    }

    private func compare(_ site: Site) async throws {
        let live = try await platform.store.liveDeployment(of: site)
        let host = platform.host(of: site)
        let alias = site.name.map(platform.address.host(label:))
        let routes = platform.routes
        let release = live.map { platform.folder.release($0.releaseID ?? $0.id, of: site.siteID) }
        try await BlockingThreads.disk {
            if routes.current(host: host) == nil {
                if let release, live?.image != nil {
                    // Whoever comes wakes it.
                    try routes.switchTo(host: host, release: release, container: .asleep)
                } else if let release {
                    try routes.switchTo(host: host, release: release)
                } else {
                    try routes.reserve(host: host)
                }
            }
            if let alias { try routes.alias(host: alias, of: host) }
        }
        try await platform.restoreDomainRoutes(of: site)
        try await removeStrayReleases(of: site)
        _ = try await platform.acceptMissedPush(to: site)
    }

    /// Removes the folders of releases that the store had forgotten when the worker died.
    private func removeStrayReleases(of site: Site) async throws {
        let folder = platform.folder
        // First what is there, then what is needed: a build that begins meanwhile is among the latter.
        let found = try await BlockingThreads.disk {
            let path = folder.site(site.siteID)
            guard access(path, F_OK) == 0 else { return [] as [Int64] }
            return try FileManager.default.contentsOfDirectory(atPath: path).compactMap { name in
                name.split(separator: ".").first.flatMap { Int64($0) }
            }
        }
        if found.isEmpty { return }
        let needed = try await platform.store.releasesNeeded(by: site)
        for release in Set(found) where !needed.contains(release) {
            logger.notice("removing a release that is on no record", metadata: ["site": "\(site.siteID.short)"])
            try await BlockingThreads.disk {
                try removeFolder(folder.release(release, of: site.siteID))
                try removeFolder(folder.unfinishedRelease(release, of: site.siteID))
            }
        }
    }
}
