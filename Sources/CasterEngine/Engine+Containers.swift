import CasterCore
import NIOCore
import NIOHTTP1

extension Engine {
    /// A container as it is listed.
    public struct Container: Sendable, Hashable {
        public let id: String
        public let name: String
        public let site: SiteID
        public let release: Int64
        public let isRunning: Bool
        /// The IPv4 addresses that it was given, one per network.
        public let addresses: [String]
    }

    /// How a container is at this moment.
    public struct ContainerStatus: Sendable, Hashable {
        public let isRunning: Bool
        public let exitStatus: Int
        /// The kernel ended one of its processes for its memory limit.
        public let wasOutOfMemory: Bool
        /// Bytes that it wrote into its own layer; nil unless asked for.
        public let writtenBytes: Int?
    }

    /// Makes a container, and returns its ID. One of the same name is replaced: it is what a crash left of an earlier try.
    public func create(_ container: ContainerRequest) async throws -> String {
        do {
            return try await created(container)
        } catch let error as EngineError where error.isConflict {
            try await remove(container: container.name, labels: container.labels)
            return try await created(container)
        }
    }

    private func created(_ container: ContainerRequest) async throws -> String {
        struct Answer: Decodable {
            let id: String

            enum CodingKeys: String, CodingKey { case id = "Id" }
        }
        return try await call(
            .POST, "/containers/create", query: ["name": container.name], body: container.body, as: Answer.self
        ).id
    }

    /// Starts a container; one that runs is fine.
    public func start(container: String) async throws { try await call(.POST, "/containers/\(container)/start") }

    /// Asks a container to end, and ends it after `grace` seconds; one that has ended or is gone is fine.
    public func stop(container: String, grace: Int) async throws {
        try await ignoringAbsence {
            try await call(
                .POST, "/containers/\(container)/stop", query: ["t": String(grace)],
                timeout: .seconds(Int64(grace) + 60))
        }
    }

    public func setRestartPolicy(_ policy: RestartPolicy, of container: String) async throws {
        try await call(.POST, "/containers/\(container)/update", body: ["RestartPolicy": policy])
    }

    /// Bounds the processes and threads of a container from now on, running or not; one that has ended is fine.
    public func limitProcesses(_ count: Int, of container: String) async throws {
        do {
            try await call(.POST, "/containers/\(container)/update", body: ["PidsLimit": count])
        } catch let error as EngineError where !error.isUnreachable {
            guard try await status(container: container)?.isRunning != true else { throw error }
        }
    }

    /// Removes a container, running or not, with its volumes, if it is of this platform; one that is gone is fine.
    public func remove(container: String, labels: Labels) async throws {
        try await ignoringAbsence {
            let found = try await inspected(container, size: false)
            guard labels.site(of: found.config.labels) != nil else {
                throw EngineError.refused(
                    call: "the removal of \(container)", status: 409, message: "it is not this platform's")
            }
            try await call(.DELETE, "/containers/\(container)", query: ["force": "1", "v": "1"])
        }
    }

    /// Nil if there is none.
    public func status(container: String, size: Bool = false) async throws -> ContainerStatus? {
        do {
            let found = try await inspected(container, size: size)
            return ContainerStatus(
                isRunning: found.state.running, exitStatus: found.state.exitCode,
                wasOutOfMemory: found.state.oomKilled, writtenBytes: found.sizeRw)
        } catch let error as EngineError where error.isNotFound {
            return nil
        }
    }

    /// This platform's containers, or one site's, running or not.
    public func containers(labels: Labels, site: SiteID? = nil) async throws -> [Container] {
        let query = ["all": "1", "filters": try labels.filter(site)]
        return try await call(.GET, "/containers/json", query: query, as: [Listed].self).compactMap { listed in
            guard let site = labels.site(of: listed.labels), let release = labels.release(of: listed.labels) else {
                return nil
            }
            return Container(
                id: listed.id, name: String(listed.names.first?.dropFirst() ?? ""), site: site, release: release,
                isRunning: listed.state == "running",
                addresses: listed.networks?.endpoints?.values.compactMap { $0.ipam?.address } ?? [])
        }
    }

    private func inspected(_ container: String, size: Bool) async throws -> Inspected {
        try await call(.GET, "/containers/\(container)/json", query: size ? ["size": "1"] : [:], as: Inspected.self)
    }

    func ignoringAbsence(_ body: () async throws -> Void) async throws {
        do {
            try await body()
        } catch let error as EngineError where error.isNotFound {}
    }
}

private struct Inspected: Decodable {
    let state: State
    let config: Config
    let sizeRw: Int?

    enum CodingKeys: String, CodingKey {
        case state = "State"
        case config = "Config"
        case sizeRw = "SizeRw"
    }

    struct State: Decodable {
        let running: Bool
        let exitCode: Int
        let oomKilled: Bool

        enum CodingKeys: String, CodingKey {
            case running = "Running"
            case exitCode = "ExitCode"
            case oomKilled = "OOMKilled"
        }
    }

    struct Config: Decodable {
        let labels: [String: String]?

        enum CodingKeys: String, CodingKey { case labels = "Labels" }
    }
}

private struct Listed: Decodable {
    let id: String
    let names: [String]
    let state: String
    let labels: [String: String]
    let networks: Networks?

    enum CodingKeys: String, CodingKey {
        case id = "Id"
        case names = "Names"
        case state = "State"
        case labels = "Labels"
        case networks = "NetworkSettings"
    }

    struct Networks: Decodable {
        let endpoints: [String: Endpoint]?

        enum CodingKeys: String, CodingKey { case endpoints = "Networks" }
    }

    struct Endpoint: Decodable {
        let ipam: IPAM?

        enum CodingKeys: String, CodingKey { case ipam = "IPAMConfig" }
    }

    struct IPAM: Decodable {
        let address: String?

        enum CodingKeys: String, CodingKey { case address = "IPv4Address" }
    }
}
