import CasterControl
import CasterCore
import CasterEngine
import CasterGit
import CasterStore
import Foundation
import Logging
import ServiceLifecycle

/// A newer deployment makes this one pointless.
struct Overtaken: Error {
    let by: Int64
}

/// The worker was asked to stop; the next one begins this step anew.
struct WorkerStopping: Error {}

extension Deployer {
    /// Makes the image, unless there is one already, and records it. Answers its ID.
    func buildImage(_ site: Site) async throws -> String {
        if let image = deployment.image, deployment.releaseID != nil {
            try await containers.requireEngine()
            if try await containers.engine.image(image) != nil {
                await log.write("The image of this commit is there already: nothing to build")
                return image
            }
        }
        let image: Engine.Image
        do {
            image = try await unlessOvertaken {
                try await ImageBuild(containers: containers, site: site, deployment: deployment, log: log).run()
            }
        } catch {
            await removeLayers(within: .seconds(20))
            throw error
        }
        try await platform.store.recordImage(image.id, port: image.ports.first ?? 80, of: deployment.id)
        return image.id
    }

    /// Starts the container beside the old one; visitors get it once it is healthy.
    func switchToContainer(_ current: Deployment, _ site: Site) async throws {
        if current.status.isBefore(.built) {
            _ = try await platform.store.move(current.id, through: [.built], at: .now)
        }
        // One that was built just now had an engine a moment ago.
        if deployment.status != .building { try await containers.requireEngine() }
        let route = try await unlessOvertaken {
            try await containers.startChecked(current, of: site, log: log)
        }
        let release = current.releaseID ?? current.id
        try await containers.locks.withLock(site.id) {
            if current.status.isBefore(.deploying) {
                _ = try await platform.store.move(current.id, through: [.deploying], at: .now)
            }
            try await containers.setRoute(route, release: release, of: site)
            _ = try await platform.store.move(current.id, through: [.live], at: .now)
            try await platform.store.setContainerState(.running, of: site)
        }
        containers.awake.begin(site.id)
        let name = containers.containerName(site, release: release)
        do {
            try await containers.engine.setRestartPolicy(.always, of: name)
        } catch {
            logger.warning(
                "a container would not be started again if it ended: the next comparison mends it",
                metadata: ["container": "\(name)", "error": "\(error)"])
        }
    }

    /// What a build leaves beside its image is kept for the site's next build, or removed.
    func tidyLayers(of site: Site) async {
        do {
            try await containers.keepStages(of: deployment, site)
        } catch {
            logger.warning(
                "the next build of a site begins from nothing",
                metadata: ["deployment": "\(deployment.id)", "error": "\(error)"])
        }
        await removeLayers(within: .zero)
    }

    /// Nobody waits for that.
    private func removeLayers(within time: Duration) async {
        do {
            // The log goes with its site.
            let layers = try await containers.layers(of: deployment)
            guard !layers.isEmpty else { return }
            Task {
                do {
                    try await containers.remove(layers: layers, of: deployment, within: time)
                } catch {
                    warn(error)
                }
            }
        } catch {
            warn(error)
        }
        func warn(_ error: any Error) {
            logger.warning(
                "layers of a build may be left on the engine's disk",
                metadata: ["deployment": "\(deployment.id)", "error": "\(error)"])
        }
    }

    func retire(_ site: Site) async {
        do {
            try await containers.retire(site)
        } catch {
            logger.warning(
                "an old container is still there: the next comparison ends it",
                metadata: ["site": "\(site.siteID.short)", "error": "\(error)"])
        }
    }

    /// Runs `body`, and cancels it if a newer commit waits, or the site is deleted.
    ///
    /// Throws `Overtaken`, `CancellationError` or, because nobody waits for a stopping worker, `WorkerStopping` then.
    private func unlessOvertaken<Result: Sendable>(
        _ body: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        try await withThrowingTaskGroup(of: Result.self) { group in
            group.addTask(operation: body)
            group.addTask {
                var wakes = platform.wakeSocket.wakes(for: .queue).makeAsyncIterator()
                repeat {
                    if let newer = try await platform.store.newerPending(than: deployment) {
                        throw Overtaken(by: newer)
                    }
                    let status = try await platform.store.deployment(deployment.id)?.status
                    if cancellation.isCancelled || status?.isEnded != false { throw CancellationError() }
                } while await wakes.next() != nil
                throw CancellationError()
            }
            group.addTask {
                try await gracefulShutdown()
                throw WorkerStopping()
            }
            defer { group.cancelAll() }
            guard let result = try await group.next() else { throw CancellationError() }
            return result
        }
    }

    /// Both deployments say what happened.
    func giveWay(to newer: Int64, logger: Logger) async {
        await log.write(["Cancelled: deployment \(newer) has a newer commit"], limit: .max, wakes: false)
        do {
            try await platform.store.supersede(deployment.id, by: newer, at: .now)
            DeployMetrics.count(.superseded, from: deployment.source)
            await DeploymentLog(platform: platform, deployment: newer, logger: logger)
                .write("Cancelled deployment \(deployment.id), which was still under way")
        } catch {
            logger.error("a cancelled deployment cannot be recorded as such", metadata: ["error": "\(error)"])
        }
    }
}
