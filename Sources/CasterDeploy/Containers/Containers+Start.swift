import CasterCore
import CasterEdge
import CasterEngine
import CasterStore
import Foundation

extension Containers {
    /// Starts the container of a release beside whatever runs, and waits until it answers its health check.
    ///
    /// Throws `Refusal` with stage, cause and what to do if it does not, after writing its last words to the log; nothing
    /// is left of it then. `CancellationError` if it is cancelled.
    func startChecked(_ deployment: Deployment, of site: Site, log: DeploymentLog) async throws -> ContainerRoute {
        let release = deployment.releaseID ?? deployment.id
        let started: Started
        do {
            started = try await locks.withLock(site.id) {
                try await start(deployment, release: release, of: site, restarts: .none)
            }
        } catch EngineError.refused(_, let status, let message) where status < 500 || message.contains("start") {
            try await engine.remove(container: containerName(site, release: release), labels: labels)
            throw Refusal.invalid("starting: the container cannot be started: \(message); mend the Dockerfile and push")
        }
        do {
            let answer = try await waitUntilHealthy(started, port: deployment.containerPort, of: site)
            await log.write(answer)
            return .awake(address: started.address, port: deployment.containerPort)
        } catch let problem as Unhealthy {
            var words: [String] = []
            try await engine.logs(of: started.id, tail: 50, follows: false) { words.append($0) }
            await log.write(
                words.isEmpty ? ["The container printed nothing."] : ["The container's last lines:"] + words)
            try await engine.remove(container: started.id, labels: labels)
            throw Refusal.invalid("starting: \(problem.sentence)")
        } catch let error where !(error is EngineError) {
            // Not this task any more: it may be cancelled.
            let id = started.id
            try await Task { try await engine.remove(container: id, labels: labels) }.value
            throw error
        }
    }

    struct Started: Sendable {
        let id: String
        let address: String
    }

    /// Starts the release's container, making it if there is none. Under the site's lock.
    func start(
        _ deployment: Deployment, release: Int64, of site: Site, restarts: RestartPolicy
    ) async throws -> Started {
        guard let image = deployment.image else { throw Refusal.invalid("this deployment has no container") }
        let network = try await network(of: site)
        let existing = try await engine.containers(labels: labels, site: site.siteID)
        if let found = existing.first(where: { $0.release == release }), let address = found.addresses.first {
            if !found.isRunning { try await engine.start(container: found.id) }
            return Started(id: found.id, address: address)
        }
        let taken = Set(existing.flatMap(\.addresses))
        guard let address = AddressRange.addresses(inBlock: network.subnet).first(where: { !taken.contains($0) }) else {
            throw Refusal.unavailable("starting: this site has too many containers; push again in a minute")
        }
        let limits = platform.limits
        let id = try await engine.create(
            ContainerRequest(
                name: containerName(site, release: release), image: image, labels: labels, site: site.siteID,
                release: release, network: network.name, address: address,
                environment: ["PORT=\(deployment.containerPort)"], memory: limits.containerMemory,
                cpuPercent: limits.containerCPUPercent, processes: limits.containerProcesses,
                logBytes: limits.containerLogBytes, restarts: restarts))
        try await engine.start(container: id)
        return Started(id: id, address: address)
    }

    /// Returns what counted as the answer, as one line of the log.
    private func waitUntilHealthy(_ started: Started, port: Int, of site: Site) async throws -> String {
        let path = settings.healthPath
        let probe = Probe(address: started.address, port: port, path: path, host: platform.host(of: site))
        let start = ContinuousClock.now
        let deadline = start + .seconds(platform.limits.healthSeconds)
        var pause = Duration.milliseconds(5)
        var last = Probe.Answer.none("nothing listens there")
        while ContinuousClock.now < deadline {
            last = try await probe.ask()
            if last == .status(200) {
                return "Healthy: GET \(path) on port \(port) answered 200 after \(Self.milliseconds(since: start)) ms"
            }
            guard let status = try await engine.status(container: started.id), status.isRunning else {
                throw Unhealthy(try await lastState(of: started, port: port))
            }
            try await Task.sleep(for: pause)
            pause = min(pause * 2, .milliseconds(platform.limits.healthInterval))
        }
        throw Unhealthy(
            "GET \(path) on port \(port) was not answered with 200 within \(platform.limits.healthSeconds) s "
                + "(CASTER_HEALTH_SECONDS): \(Self.words(last)); its last lines say more: make it listen on 0.0.0.0, on "
                + "the port that EXPOSE names (PORT is set to it), and push again")
    }

    private func lastState(of started: Started, port: Int) async throws -> String {
        let status = try await engine.status(container: started.id)
        let cause: String
        if status?.wasOutOfMemory == true {
            cause = "was killed: out of memory (\(ImageBuild.size(platform.limits.containerMemory)))"
        } else {
            cause = "exited with status \(status?.exitStatus ?? 0)"
        }
        return
            "the container \(cause) before it answered GET \(settings.healthPath) on port \(port); its last lines say "
            + "more: make it stay in the foreground and listen there, and push again"
    }

    private static func words(_ answer: Probe.Answer) -> String {
        switch answer {
        case .status(let status): "it answered \(status)"
        case .none(let reason): reason
        }
    }

    static func milliseconds(since start: ContinuousClock.Instant) -> Int64 {
        let passed = ContinuousClock.now - start
        return passed.components.seconds * 1000 + passed.components.attoseconds / 1_000_000_000_000_000
    }
}

/// A container that did not become healthy, and why.
private struct Unhealthy: Error {
    let sentence: String

    init(_ sentence: String) { self.sentence = sentence }
}
