import CasterCore
import CasterGit
import CasterProcess
import CasterStore
import Foundation
import Glibc
import Logging

/// Removes what nobody needs any more, once a minute and never on the path of a deploy.
struct Housekeeping: Sendable {
    let platform: Platform
    let logger: Logger

    func run() async throws {
        var lastSeen: Int64 = 0
        var lastSweep: ContinuousClock.Instant?
        while true {
            do {
                try await Task.sleep(for: .seconds(60))
                try await pruneReleases(at: .now)
                try await platform.store.forgetRateEvents(before: .now.addingTimeInterval(-86_400))
                try await platform.store.forgetClaims(before: .now.addingTimeInterval(-30 * 86_400))
                try await platform.store.forgetAnswers(before: .now.addingTimeInterval(-86_400))
                try await platform.store.forgetBrowserSessions(at: .now)
                try await platform.store.forgetOAuth(before: .now, clientsBefore: .now.addingTimeInterval(-86_400))
                try await platform.store.forgetTraffic(at: .now)
                try await removeOldUploads(before: .now.addingTimeInterval(-3600))
                lastSeen = try await tendRepositories(deployedAfter: lastSeen)
                if lastSweep.map({ .now - $0 > .seconds(3600) }) ?? true {
                    try await sweepQuarantines()
                    lastSweep = .now
                }
            } catch is CancellationError {
                return
            } catch {
                logger.error(
                    "old releases or repositories cannot be tidied: the disk will fill", metadata: ["error": "\(error)"]
                )
            }
        }
    }

    /// Removes the releases that are neither live nor among the newest that are kept.
    func pruneReleases(at now: Date) async throws {
        let limits = platform.limits
        let graceEnd = now.addingTimeInterval(-Double(limits.releaseGrace))
        while true {
            let obsolete = try await platform.store.obsoleteReleases(keep: limits.releasesKept, notLiveSince: graceEnd)
            if obsolete.isEmpty { return }
            for release in obsolete {
                // Forgotten first: a release that is on record is whole.
                guard try await platform.store.forgetRelease(release.id) else { continue }
                let folder = platform.folder.release(release.id, of: release.site)
                try await BlockingThreads.disk { try removeFolder(folder) }
            }
        }
    }

    /// Removes archives that a crash left behind.
    private func removeOldUploads(before time: Date) async throws {
        let folder = platform.folder.uploads
        try await BlockingThreads.disk {
            for name in try FileManager.default.contentsOfDirectory(atPath: folder) {
                let path = "\(folder)/\(name)"
                var status = stat()
                guard lstat(path, &status) == 0 else { continue }  // its request has ended
                if Double(status.st_mtim.tv_sec) < time.timeIntervalSince1970 { try removeAll(path) }
            }
        }
    }

    /// Visits every repository: a push that was cut off may have been its site's first and last.
    private func sweepQuarantines() async throws {
        var last: Int64 = 0
        while case let sites = try await platform.store.sites(after: last, limit: 500), let end = sites.last {
            try await BlockingThreads.disk { [folder = platform.folder] in
                for site in sites {
                    try RepositoryUpkeep(path: folder.repo(site.siteID)).sweepQuarantine(now: .now)
                }
            }
            last = end.id
        }
    }

    /// Packs the repositories that had a deployment since the given one, and returns the newest.
    private func tendRepositories(deployedAfter id: Int64) async throws -> Int64 {
        guard let git = InstalledProgram.path(of: "git") else { return id }
        let (sites, newest) = try await platform.store.sitesDeployed(after: id)
        for site in sites {
            let upkeep = RepositoryUpkeep(path: platform.folder.repo(site))
            do {
                try await BlockingThreads.disk { try upkeep.pack(git: git) }
            } catch let error where !(error is CancellationError) {
                logger.warning(
                    "a repository cannot be tidied: look at it",
                    metadata: ["site": "\(site.short)", "error": "\(error)"])
            }
        }
        return newest
    }
}
