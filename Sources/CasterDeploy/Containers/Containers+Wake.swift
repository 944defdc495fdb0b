import CasterCore
import CasterEdge
import CasterEngine
import CasterStore
import Foundation
import Synchronization

extension Containers {
    /// Wakes the container that answers for a host, and says where it is once it answers. Many who ask at once wake it
    /// once; who stops waiting does not stop it.
    ///
    /// Throws `Refusal` if there is none, or it does not answer in time.
    func wake(host: String) async throws -> ContainerRoute {
        guard let site = try await platform.site(answering: host) else {
            throw Refusal.notFound("there is no such site")
        }
        return try await wake(site)
    }

    func wake(_ site: Site) async throws -> ContainerRoute {
        try await wakes.join(site.id) { try await wakeNow(site) }
    }

    private func wakeNow(_ site: Site) async throws -> ContainerRoute {
        let deadline = ContinuousClock.now + .seconds(platform.limits.wakeSeconds)
        guard let live = try await platform.store.liveDeployment(of: site), live.image != nil else {
            throw Refusal.notFound("this site has no container")
        }
        let release = live.releaseID ?? live.id
        try await platform.store.setContainerState(.starting, of: site)
        awake.begin(site.id)
        let started = try await retried(until: deadline) {
            try await locks.withLock(site.id) {
                let started = try await start(live, release: release, of: site, restarts: .always)
                try await engine.setRestartPolicy(.always, of: started.id)
                return started
            }
        }
        try await waitForAnswer(started, port: live.containerPort, of: site, until: deadline)
        let route = ContainerRoute.awake(address: started.address, port: live.containerPort)
        return try await locks.withLock(site.id) {
            guard try await platform.store.site(id: site.id) != nil else {
                throw Refusal.notFound("the site was deleted")
            }
            // A deployment may have gone live meanwhile: its route stands.
            let now = try await platform.store.liveDeployment(of: site)
            guard now?.id == live.id else {
                guard let current = platform.routes.container(host: platform.host(of: site)) else {
                    throw Refusal.notFound("this site has no container any more")
                }
                return current.route
            }
            try await setRoute(route, release: release, of: site)
            try await platform.store.setContainerState(.running, of: site)
            awake.begin(site.id)
            return route
        }
    }

    func setRoute(_ route: ContainerRoute, release: Int64, of site: Site) async throws {
        let (host, path) = (platform.host(of: site), releasePath(release, of: site))
        try await BlockingThreads.disk { [routes = platform.routes] in
            try routes.switchTo(host: host, release: path, container: route)
        }
    }

    /// The engine may be started again at this moment.
    private func retried<Result: Sendable>(
        until deadline: ContinuousClock.Instant, _ body: @Sendable () async throws -> Result
    ) async throws -> Result {
        while true {
            do {
                return try await body()
            } catch let error as EngineError where error.isUnreachable && ContinuousClock.now < deadline {
                try await Task.sleep(for: .milliseconds(250))
            }
        }
    }

    /// Any answer counts: what it says is for the visitor.
    private func waitForAnswer(
        _ started: Started, port: Int, of site: Site, until deadline: ContinuousClock.Instant
    ) async throws {
        let probe = Probe(
            address: started.address, port: port, path: settings.healthPath, host: platform.host(of: site))
        var pause = Duration.milliseconds(2)
        while ContinuousClock.now < deadline {
            if case .status = try await probe.ask() { return }
            try await Task.sleep(for: pause)
            pause = min(pause * 2, .milliseconds(platform.limits.healthInterval))
        }
        throw Refusal.unavailable("the container does not answer within \(platform.limits.wakeSeconds) s")
    }
}

/// One wake of a site at a time; whoever comes meanwhile waits for the same one.
final class Wakes: Sendable {
    private let running = Mutex<[Int64: Task<ContainerRoute, any Error>]>([:])

    func join(
        _ site: Int64, _ body: @escaping @Sendable () async throws -> ContainerRoute
    ) async throws -> ContainerRoute {
        let task = running.withLock { running in
            if let task = running[site] { return task }
            let task = Task {
                defer { self.running.withLock { $0[site] = nil } }
                return try await body()
            }
            running[site] = task
            return task
        }
        return try await task.value
    }

    /// Returns when the wake that is under way has ended, however it did; at once if there is none.
    func finish(_ site: Int64) async {
        _ = await running.withLock { $0[site] }?.result
    }
}
