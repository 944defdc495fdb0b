import CasterCore

/// A container that the engine is to make: a site's release, confined.
public struct ContainerRequest: Sendable {
    public let name: String
    public let image: String
    public let labels: Labels
    public let site: SiteID
    public let release: Int64
    public let network: String
    /// IPv4 address in the network.
    public let address: String
    /// `NAME=value`.
    public let environment: [String]
    /// Bytes of memory, swap included.
    public let memory: Int
    /// Hundredths of one CPU.
    public let cpuPercent: Int
    /// Processes and threads.
    public let processes: Int
    /// Bytes of kept output; as many again while it is rotated.
    public let logBytes: Int
    public let restarts: RestartPolicy

    public init(
        name: String, image: String, labels: Labels, site: SiteID, release: Int64, network: String, address: String,
        environment: [String], memory: Int, cpuPercent: Int, processes: Int, logBytes: Int, restarts: RestartPolicy
    ) {
        self.name = name
        self.image = image
        self.labels = labels
        self.site = site
        self.release = release
        self.network = network
        self.address = address
        self.environment = environment
        self.memory = memory
        self.cpuPercent = cpuPercent
        self.processes = processes
        self.logBytes = logBytes
        self.restarts = restarts
    }

    /// What servers need that start as root and drop it: own files, another user, a port below 1024. `NET_RAW`,
    /// `MKNOD`, `SYS_CHROOT` and the rest are gone.
    private static let capabilities = [
        "CHOWN", "DAC_OVERRIDE", "FOWNER", "KILL", "NET_BIND_SERVICE", "SETGID", "SETUID",
    ]

    var body: Body {
        Body(
            image: image, labels: labels.of(site, release: release), environment: environment,
            host: Body.Host(
                network: network, memory: memory, memorySwap: memory, nanoCPUs: cpuPercent * 10_000_000,
                processes: processes, capabilitiesDropped: ["ALL"], capabilitiesAdded: Self.capabilities,
                security: ["no-new-privileges"],
                log: Body.Log(type: "json-file", options: ["max-size": String(logBytes), "max-file": "2"]),
                restart: restarts),
            networking: Body.Networking(endpoints: [network: Body.Endpoint(ipam: Body.IPAM(address: address))]))
    }

    struct Body: Encodable {
        let image: String
        let labels: [String: String]
        let environment: [String]
        let host: Host
        let networking: Networking

        enum CodingKeys: String, CodingKey {
            case image = "Image"
            case labels = "Labels"
            case environment = "Env"
            case host = "HostConfig"
            case networking = "NetworkingConfig"
        }

        struct Host: Encodable {
            let network: String
            let memory: Int
            let memorySwap: Int
            let nanoCPUs: Int
            let processes: Int
            let capabilitiesDropped: [String]
            let capabilitiesAdded: [String]
            let security: [String]
            let log: Log
            let restart: RestartPolicy

            enum CodingKeys: String, CodingKey {
                case network = "NetworkMode"
                case memory = "Memory"
                case memorySwap = "MemorySwap"
                case nanoCPUs = "NanoCpus"
                case processes = "PidsLimit"
                case capabilitiesDropped = "CapDrop"
                case capabilitiesAdded = "CapAdd"
                case security = "SecurityOpt"
                case log = "LogConfig"
                case restart = "RestartPolicy"
            }
        }

        struct Log: Encodable {
            let type: String
            let options: [String: String]

            enum CodingKeys: String, CodingKey {
                case type = "Type"
                case options = "Config"
            }
        }

        struct Networking: Encodable {
            let endpoints: [String: Endpoint]

            enum CodingKeys: String, CodingKey { case endpoints = "EndpointsConfig" }
        }

        struct Endpoint: Encodable {
            let ipam: IPAM

            enum CodingKeys: String, CodingKey { case ipam = "IPAMConfig" }
        }

        struct IPAM: Encodable {
            let address: String

            enum CodingKeys: String, CodingKey { case address = "IPv4Address" }
        }
    }
}

/// Whether the engine starts a container again that ended, each time after a longer while (0.1 s, doubled up to a
/// minute).
public struct RestartPolicy: Encodable, Sendable, Hashable {
    let name: String

    public static let none = RestartPolicy(name: "no")
    /// Unless it was stopped on purpose.
    public static let always = RestartPolicy(name: "unless-stopped")

    enum CodingKeys: String, CodingKey { case name = "Name" }
}
