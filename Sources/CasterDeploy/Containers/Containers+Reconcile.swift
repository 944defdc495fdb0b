import CasterCore
import CasterEdge
import CasterEngine
import CasterStore
import Foundation
import Logging

extension Containers {
    /// Compares what there is with what there should be, at the start and once a minute, until it is cancelled.
    func watch() async throws {
        while true {
            do {
                try await reconcile()
            } catch let error as EngineError where error.isUnreachable {
                logger.debug("no container engine to look at", metadata: ["error": "\(error)"])
            } catch let error where !(error is CancellationError) {
                logger.error("containers cannot be compared with the store", metadata: ["error": "\(error)"])
            }
            try await Task.sleep(for: .seconds(60))
        }
    }

    /// Brings containers, routes, images and networks to what the store says. Touches this platform's own only; can be
    /// called at any time, and does nothing where all is well.
    func reconcile() async throws {
        let sites = try await platform.store.sitesWithContainer()
        // Nothing to do with an engine, and perhaps none there.
        do {
            try await engine.check()
        } catch let error as EngineError where !sites.isEmpty {
            logger.error(
                "no container engine: sites with a Dockerfile cannot be woken; start Docker, or set DOCKER_HOST",
                metadata: ["error": "\(error)"])
            throw error
        }
        if !sites.isEmpty { try await raiseFirewall() }
        for site in sites {
            try await each(site.siteID) { try await tend(site) }
        }
        var seen: Set<SiteID> = []
        for id in try await engine.containers(labels: labels).map(\.site) where seen.insert(id).inserted {
            try await each(id) {
                if let site = try await platform.store.site(id) {
                    try await retire(site)
                } else {
                    try await removeAll(of: id)
                }
            }
        }
        try await removeImages()
        try await removeStages()
        for network in try await engine.networks(labels: labels)
        where try await platform.store.site(network.site) == nil {
            try await each(network.site) { try await removeAll(of: network.site) }
        }
    }

    /// One site's trouble is not the others'.
    private func each(_ site: SiteID, _ body: () async throws -> Void) async throws {
        do {
            try await body()
        } catch let error as EngineError where error.isUnreachable {
            throw error
        } catch let error where !(error is CancellationError) {
            logger.error(
                "a site's container cannot be brought to where it should be",
                metadata: ["site": "\(site.short)", "error": "\(error)"])
        }
    }

    /// A container that should run, runs, and its route leads to it; one that sleeps has a route that wakes it.
    private func tend(_ site: Site) async throws {
        guard let live = try await platform.store.liveDeployment(of: site), live.image != nil,
            try await platform.store.releasesInUse(by: site).coming == nil
        else { return }
        let release = live.releaseID ?? live.id
        let route = platform.routes.container(host: platform.host(of: site))
        let container = try await engine.containers(labels: labels, site: site.siteID).first { $0.release == release }
        if try await platform.store.containerState(of: site) == .stopped {
            if route?.release != releasePath(release, of: site) || route?.route != .asleep {
                try await locks.withLock(site.id) { try await setRoute(.asleep, release: release, of: site) }
            }
            if let container, container.isRunning {
                try await engine.stop(container: container.id, grace: platform.limits.stopSeconds)
            }
            return
        }
        let wanted = container?.addresses.first.map { ContainerRoute.awake(address: $0, port: live.containerPort) }
        if container?.isRunning == true, route?.release == releasePath(release, of: site), route?.route == wanted {
            return
        }
        logger.notice("starting a container that should run", metadata: ["site": "\(site.siteID.short)"])
        _ = try await wake(site)
    }

    /// Removes images that no kept release has, and sees to it that those of kept ones are not too large.
    private func removeImages() async throws {
        // First what is there, then what is needed: an image that is built meanwhile is among neither.
        let images = try await engine.images(labels: labels)
        let sizes = Dictionary(images.map { ($0.id, $0.size) }) { first, _ in first }
        for site in Set(images.map(\.site)) { try await forgetImages(of: site, sizes: sizes) }
        for image in images {
            if let site = try await platform.store.site(image.site) {
                let use = try await platform.store.releasesInUse(by: site)
                let needed = try await platform.store.imagesNeeded(by: image.site)
                if use.coming != nil || needed.contains(image.id) { continue }
            }
            if try await engine.remove(image: image.id) {
                logger.info("removed an old image", metadata: ["site": "\(image.site.short)", "image": "\(image.id)"])
            }
        }
    }
}
