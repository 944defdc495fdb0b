import CasterCore
import CasterEdge
import CasterEngine
import CasterStore
import Foundation
import Glibc
import Logging
import Synchronization

/// What the worker does with the container engine. Containers, images and networks are named and labelled so that
/// whatever a crash leaves is found again.
struct Containers: Sendable {
    let platform: Platform
    let settings: ContainerSettings
    let engine: Engine
    let labels: Labels
    let logger: Logger
    let locks = SiteLocks()
    let awake = AwakeSites()
    let wakes = Wakes()
    private let firewall = FirewallCheck()

    init(platform: Platform, settings: ContainerSettings, logger: Logger) async throws {
        self.platform = platform
        self.settings = settings
        self.logger = logger
        engine = Engine(address: settings.engine)
        labels = Labels(platform: try await platform.store.platformID())
    }

    /// Makes sure that a Dockerfile can be built and its container be run safely and reached.
    ///
    /// Throws `Refusal.unavailable` with what is missing.
    func requireEngine() async throws {
        do {
            try await engine.check()
        } catch let error as EngineError {
            logger.error("no container engine: install Docker or set DOCKER_HOST", metadata: ["error": "\(error)"])
            throw Refusal.unavailable(
                "no container engine: install Docker or set DOCKER_HOST; without one, a Dockerfile cannot be built")
        }
        guard EdgeConfiguration.canServeContainers else {
            throw Refusal.unavailable(
                "the edge cannot reach containers: the operator has to install libnginx-mod-http-lua and restart Caster"
            )
        }
        try await raiseFirewall()
    }

    func raiseFirewall() async throws {
        guard settings.raisesFirewall, !firewall.isFresh else { return }
        do {
            try await BlockingThreads.disk { try Firewall.raise() }
            firewall.confirm()
        } catch let error where !(error is CancellationError) {
            logger.error(
                "containers cannot be kept from this machine, so none is started: give the worker CAP_NET_ADMIN, or set up rules of your own and CASTER_CONTAINER_FIREWALL=off",
                metadata: ["error": "\(error)"])
            throw Refusal.unavailable(
                "this server cannot keep containers apart yet: tell the operator to look at the log")
        }
    }

    // MARK: Names

    func containerName(_ site: Site, release: Int64) -> String { "\(networkName(site))-\(release)" }

    func networkName(_ site: Site) -> String { "caster-\(labels.platform.prefix(8))-\(site.siteID.short)" }

    /// At most 15 characters, as the kernel has it.
    private func bridgeName(_ site: Site) -> String {
        "\(Firewall.bridgePrefix)\(labels.platform.prefix(4))\(site.siteID.short)"
    }

    /// The repository that a platform's images are tagged in: several may share an engine.
    var repository: String { "caster-\(labels.platform.prefix(8))" }

    func imageName(_ tag: String) -> String { "\(repository):\(tag)" }

    func releasePath(_ release: Int64, of site: Site) -> String { platform.folder.release(release, of: site.siteID) }

    // MARK: Networks

    /// The site's own network, made if there is none: its name and its addresses.
    func network(of site: Site) async throws -> Engine.Network {
        if let found = try await engine.networks(labels: labels).first(where: { $0.site == site.siteID }) {
            return found
        }
        let blocks = settings.subnets.blocks
        var index = Int.random(in: 0..<blocks)
        for attempt in 1... {
            let subnet = settings.subnets.block(index)
            do {
                try await engine.createNetwork(
                    name: networkName(site), labels: labels, site: site.siteID, subnet: subnet,
                    bridge: bridgeName(site))
                return Engine.Network(name: networkName(site), site: site.siteID, subnet: subnet)
            } catch let EngineError.refused(_, status, message) where status < 500 || message.contains("overlap") {
                // Made meanwhile, or the block is somebody else's.
                if let found = try await engine.networks(labels: labels).first(where: { $0.site == site.siteID }) {
                    return found
                }
                guard attempt < min(blocks, 64) else {
                    throw Refusal.unavailable(
                        "no addresses are left for another site's network: tell the operator (CASTER_CONTAINER_SUBNETS)"
                    )
                }
                index = (index + 1) % blocks
            }
        }
        fatalError("unreachable")
    }
}

/// When the firewall's rules were last seen in place. A restarted engine may have taken its chain anew: hence not for ever.
private final class FirewallCheck: Sendable {
    private let latest = Mutex<ContinuousClock.Instant?>(nil)

    var isFresh: Bool { latest.withLock { $0.map { ContinuousClock.now - $0 < .seconds(30) } ?? false } }

    func confirm() { latest.withLock { $0 = .now } }
}

/// Since when sites' containers are awake, as far as this worker knows.
final class AwakeSites: Sendable {
    private let since = Mutex<[Int64: ContinuousClock.Instant]>([:])

    func begin(_ site: Int64) { since.withLock { $0[site] = .now } }

    /// How long it is awake, counted from now for a site that is not known.
    func duration(_ site: Int64) -> Duration {
        since.withLock { since in
            let start = since[site] ?? .now
            since[site] = start
            return .now - start
        }
    }

    func end(_ site: Int64) { since.withLock { $0[site] = nil } }
}
