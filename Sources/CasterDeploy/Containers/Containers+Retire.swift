import CasterCore
import CasterEdge
import CasterEngine
import CasterStore
import Logging

extension Containers {
    /// Ends a site's containers that visitors do not see any more, once the requests under way to them are finished.
    /// Called again after a crash, it goes on where that was.
    func retire(_ site: Site) async throws {
        for container in try await engine.containers(labels: labels, site: site.siteID) {
            guard try await !isInUse(container, of: site) else { continue }
            if container.isRunning, let address = container.addresses.first { try await drain(address) }
            try await locks.withLock(site.id) {
                // A rollback may have taken it up again.
                guard try await !isInUse(container, of: site) else { return }
                try await engine.stop(container: container.id, grace: platform.limits.stopSeconds)
                try await engine.remove(container: container.id, labels: labels)
            }
        }
    }

    private func isInUse(_ container: Engine.Container, of site: Site) async throws -> Bool {
        let use = try await platform.store.releasesInUse(by: site)
        if container.release == use.coming { return true }
        guard container.release == use.live else { return false }
        // A release of files has no container.
        return try await platform.store.liveDeployment(of: site)?.image != nil
    }

    /// Waits until no request is under way to an address, or the deadline is over.
    func drain(_ address: String) async throws {
        let deadline = ContinuousClock.now + .seconds(platform.limits.drainSeconds)
        while ContinuousClock.now < deadline {
            let traffic = try await EdgeTraffic.read(from: platform.folder)
            if traffic.requests(to: address) == 0 { return }
            try await Task.sleep(for: .milliseconds(100))
        }
    }

    /// Removes everything that a site had: containers, images, network. Called again after a crash, it goes on.
    func removeAll(of site: SiteID) async throws {
        for container in try await engine.containers(labels: labels, site: site) {
            try await engine.remove(container: container.id, labels: labels)
        }
        for image in try await engine.images(labels: labels, site: site) {
            if try await !engine.remove(image: image.id) {
                logger.warning("an image of a deleted site is in use", metadata: ["image": "\(image.id)"])
            }
        }
        for tag in stageTags(of: site) { _ = try await engine.remove(image: imageName(tag), force: false) }
        for network in try await engine.networks(labels: labels) where network.site == site {
            // The engine may be busy with the end of a build in it.
            let deadline = ContinuousClock.now + .seconds(10)
            var isGone = try await engine.remove(network: network.name)
            while !isGone, ContinuousClock.now < deadline {
                try await Task.sleep(for: .milliseconds(200))
                isGone = try await engine.remove(network: network.name)
            }
            if !isGone {
                logger.warning("the network of a deleted site is in use", metadata: ["network": "\(network.name)"])
            }
        }
    }
}
