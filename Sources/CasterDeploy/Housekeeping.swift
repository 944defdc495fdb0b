import CasterCore
import CasterGit
import CasterStore
import Foundation
import Glibc
import Logging

/// Removes what nobody needs any more, once a minute and never on the path of a deploy.
struct Housekeeping: Sendable {
    let platform: Platform
    let logger: Logger

    func run() async throws {
        while true {
            do {
                try await Task.sleep(for: .seconds(60))
                try await pruneReleases(at: .now)
            } catch is CancellationError {
                return
            } catch {
                logger.error("old releases cannot be removed: the disk will fill", metadata: ["error": "\(error)"])
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
                try await platform.store.forgetRelease(of: release.deployment)
                let folder = platform.folder.release(release.deployment, of: release.site)
                try await BlockingThreads.disk { try removeFolder(folder) }
            }
        }
    }
}
