import CasterCore
import CasterEdge
import CasterEngine
import CasterStore
import Foundation
import Logging

extension Containers {
    /// Puts containers to sleep that nobody visits, until it is cancelled.
    func watchIdleness() async throws {
        let limit = platform.limits.sleepAfter
        guard limit > 0 else { return }
        while true {
            try await Task.sleep(for: .milliseconds(max(250, min(60_000, limit * 250))))
            do {
                for site in try await platform.store.sitesWithContainer() { try await sleepIfIdle(site) }
            } catch let error where !(error is CancellationError) {
                logger.warning("idle containers cannot be stopped: trying again", metadata: ["error": "\(error)"])
            }
        }
    }

    private func sleepIfIdle(_ site: Site) async throws {
        guard try await isIdle(site) else { return }
        try await locks.withLock(site.id) {
            guard try await isIdle(site) else { return }
            try await putToSleep(site)
        }
    }

    /// Stops the container that visitors of a site see, at its owner's wish. Where none runs, nothing happens.
    func stop(_ site: Site) async throws {
        // One that is being woken would be shown to visitors after its end.
        await wakes.finish(site.id)
        try await locks.withLock(site.id) { try await putToSleep(site) }
    }

    /// Under the site's lock.
    private func putToSleep(_ site: Site) async throws {
        guard let live = try await platform.store.liveDeployment(of: site), live.image != nil,
            let (_, route) = platform.routes.container(host: platform.host(of: site))
        else { return }
        let release = live.releaseID ?? live.id
        // The route first: who comes from now on waits for the wake, and finds no container that is about to end.
        try await setRoute(.asleep, release: release, of: site)
        try await platform.store.setContainerState(.stopped, of: site)
        if case .awake(let address, _) = route { try await drain(address) }
        try await engine.stop(container: containerName(site, release: release), grace: platform.limits.stopSeconds)
        awake.end(site.id)
        logger.info("container asleep", metadata: ["site": "\(site.siteID.short)"])
    }

    /// Nobody visits it now, and nobody has for the time that the setting names.
    private func isIdle(_ site: Site) async throws -> Bool {
        guard let (_, route) = platform.routes.container(host: platform.host(of: site)),
            case .awake(let address, _) = route
        else { return false }
        let limit = platform.limits.sleepAfter
        guard awake.duration(site.id) > .seconds(limit) else { return false }
        let traffic = try await EdgeTraffic.read(from: platform.folder)
        return traffic.requests(to: address) == 0
            && Date.now.timeIntervalSince1970 - traffic.lastVisit(to: address) > Double(limit)
    }
}
