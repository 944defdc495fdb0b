import CasterControl
import CasterCore
import CasterGit
import CasterStore
import Foundation
import Glibc
import Logging
import ServiceLifecycle

/// The role that turns accepted deployments into live ones. One process at a time holds the worker's lock; a second
/// one waits for it.
public struct Worker: Service, CustomStringConvertible {
    public let description = "worker"
    let platform: Platform
    let settings: ContainerSettings
    let logger: Logger
    private let busySites = BusySites()

    public init(platform: Platform, containers settings: ContainerSettings, logger: Logger) {
        self.platform = platform
        self.settings = settings
        self.logger = logger
    }

    public func run() async throws {
        do {
            try await cancelWhenGracefulShutdown { try await work() }
        } catch is CancellationError {
            // It was asked to stop.
        }
    }

    private func work() async throws {
        let lock = try await WorkerLock.acquire(path: platform.folder.workerLock, logger: logger)
        defer { lock.release() }
        let containers = try await Containers(platform: platform, settings: settings, logger: logger)
        let recovery = Recovery(platform: platform, containers: containers, logger: logger)
        try await withThrowingTaskGroup(of: Void.self) { group in
            // From the first moment on: a deployment that is taken up may take minutes, and visitors wait.
            group.addTask { try await ContainerServer(containers: containers, logger: logger).run() }
            try await recovery.finishInterrupted()
            group.addTask { try await takeQueue(containers) }
            group.addTask { try await containers.watch() }
            group.addTask { try await containers.watchIdleness() }
            group.addTask { try await containers.watchDisk() }
            group.addTask { try await recovery.compareSites() }
            group.addTask {
                try await Removal(platform: platform, containers: containers, busySites: busySites, logger: logger)
                    .run()
            }
            group.addTask { try await TrafficCounter(platform: platform, logger: logger).run() }
            group.addTask { try await DNSUpkeep(platform: platform, logger: logger).run() }
            group.addTask { try await DomainUpkeep(platform: platform, logger: logger).run() }
            group.addTask { try await CertificateUpkeep(platform: platform, logger: logger).run() }
            group.addTask { try await Housekeeping(platform: platform, logger: logger).run() }
            try await group.waitForAll()
        }
    }

    /// Takes what waits as long as a lane is free, until it is cancelled; then waits for the lanes.
    private func takeQueue(_ containers: Containers) async throws {
        var wakes = platform.wakeSocket.wakes(for: .queue).makeAsyncIterator()
        try await withThrowingDiscardingTaskGroup { lanes in
            repeat {
                do {
                    while !Task.isCancelled, busySites.count < platform.limits.builds,
                        let claim = try await platform.store.claim(at: .now)
                    {
                        let cancellation = busySites.begin(claim.deployment.siteID)
                        lanes.addTask {
                            // What was claimed is finished, also when the process is asked to stop.
                            await Task { await deploy(claim, containers, cancellation: cancellation) }.value
                        }
                    }
                } catch {
                    logger.error("the queue cannot be read; trying again in 2 s", metadata: ["error": "\(error)"])
                }
            } while await wakes.next() != nil
        }
    }

    private func deploy(_ claim: Claim, _ containers: Containers, cancellation: Cancellation) async {
        DeployMetrics.record(.queue, .seconds(Date.now.timeIntervalSince(claim.deployment.createdAt)))
        await Deployer(
            platform: platform, deployment: claim.deployment, containers: containers, cancellation: cancellation,
            logger: logger
        ).run(superseding: claim.superseded)
        if busySites.end(claim.deployment.siteID) { platform.wakeSocket.send(.removal) }
        platform.wakeSocket.send(.queue)
    }
}

/// An exclusive `flock(2)`: it lives exactly as long as the process that holds it.
private struct WorkerLock {
    let descriptor: Int32

    /// Waits, looking twice a second, until no other process holds the lock. Throws `FileError`.
    static func acquire(path: String, logger: Logger) async throws -> WorkerLock {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw FileError(path: path, code: errno) }
        var isTold = false
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            if !isTold { logger.notice("another worker runs on this data folder: waiting for its end") }
            isTold = true
            do {
                try await Task.sleep(for: .milliseconds(500))
            } catch {
                close(descriptor)
                throw error
            }
        }
        return WorkerLock(descriptor: descriptor)
    }

    func release() { close(descriptor) }
}
