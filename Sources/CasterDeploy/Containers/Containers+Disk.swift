import CasterCore
import CasterEdge
import CasterEngine
import CasterStore
import Logging

extension Containers {
    /// Ends containers that write more to their own disk than they may, until it is cancelled. On most file systems the
    /// engine has no limit for that, so they are looked at now and then: for a twentieth of the time at most.
    func watchDisk() async throws {
        var pause = Duration.seconds(5)
        while true {
            try await Task.sleep(for: pause)
            let start = ContinuousClock.now
            do {
                for container in try await engine.containers(labels: labels) where container.isRunning {
                    guard let written = try await engine.status(container: container.id, size: true)?.writtenBytes,
                        written > platform.limits.containerDiskBytes
                    else { continue }
                    try await empty(container)
                }
            } catch let error as EngineError {
                logger.debug("containers' disks cannot be looked at", metadata: ["error": "\(error)"])
            } catch let error where !(error is CancellationError) {
                logger.warning("a container's disk stays full: trying again", metadata: ["error": "\(error)"])
            }
            pause = max(.seconds(5), min((ContinuousClock.now - start) * 20, .seconds(600)))
        }
    }

    /// Removes a container, with what it wrote. Its site sleeps then; the next request makes it anew.
    private func empty(_ container: Engine.Container) async throws {
        guard let site = try await platform.store.site(container.site) else { return }
        try await locks.withLock(site.id) {
            // One that is about to be replaced, or is not live yet, ends by itself.
            guard let live = try await platform.store.liveDeployment(of: site), live.image != nil,
                container.release == live.releaseID ?? live.id
            else { return }
            // First: whoever sees that it has stopped finds the reason.
            await DeploymentLog(platform: platform, deployment: live.id, logger: logger).write(
                [
                    "Stopped: the container wrote more than \(ImageBuild.size(platform.limits.containerDiskBytes)) to its "
                        + "own disk (CASTER_CONTAINER_DISK_BYTES); the next request starts it with an empty one"
                ], limit: .max)
            try await setRoute(.asleep, release: container.release, of: site)
            try await platform.store.setContainerState(.stopped, of: site)
            try await engine.remove(container: container.id, labels: labels)
            awake.end(site.id)
            logger.notice("a container wrote too much and was ended", metadata: ["site": "\(site.siteID.short)"])
        }
    }
}
