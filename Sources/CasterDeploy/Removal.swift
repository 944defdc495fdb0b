import CasterControl
import CasterCore
import CasterEngine
import CasterGit
import CasterStore
import Foundation
import Logging

/// Ends the deletions that were begun, and begins those of anonymous sites whose time is over. What a crash interrupts
/// is taken up again: each step can be repeated, and the rows go last.
struct Removal: Sendable {
    let platform: Platform
    let containers: Containers
    let busySites: BusySites
    let logger: Logger

    func run() async throws {
        var wakes = platform.wakeSocket.wakes(for: .removal).makeAsyncIterator()
        repeat {
            do {
                try await removeOnce()
            } catch is CancellationError {
                return
            } catch {
                logger.error("a deleted site cannot be removed: its files stay", metadata: ["error": "\(error)"])
            }
        } while await wakes.next() != nil
    }

    private func removeOnce() async throws {
        for site in try await platform.store.expireSites(at: .now) {
            logger.info("anonymous site expired", metadata: ["site": "\(site.siteID.short)"])
            try await platform.removeRoute(of: site)
            platform.wakeSocket.send(.names)
        }
        for site in try await platform.store.sitesToRemove() where !busySites.cancel(site.id) {
            try await platform.removeRoute(of: site)
            let folder = platform.folder
            let logs = try await platform.store.deploymentIDs(of: site).map(folder.log(deployment:))
            try await BlockingThreads.disk {
                for path in [folder.repo(site.siteID), folder.site(site.siteID)] + logs { try removeAll(path) }
            }
            await removeContainers(of: site)
            try await platform.store.endDeletion(of: site)
        }
    }

    /// Without an engine there is nothing to remove, or it is removed when the engine is back: what belongs to no site
    /// goes then.
    private func removeContainers(of site: Site) async {
        do {
            try await containers.removeAll(of: site.siteID)
        } catch let error as EngineError where error.isUnreachable {
            logger.debug("no container engine to remove from", metadata: ["error": "\(error)"])
        } catch {
            logger.warning(
                "containers of a deleted site are still there: the next comparison removes them",
                metadata: ["site": "\(site.siteID.short)", "error": "\(error)"])
        }
    }
}
