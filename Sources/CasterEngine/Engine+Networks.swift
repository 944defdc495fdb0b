import CasterCore
import NIOHTTP1

extension Engine {
    /// A network of one site's.
    public struct Network: Sendable, Hashable {
        public let name: String
        public let site: SiteID
        /// As `10.64.0.16/28`.
        public let subnet: String

        public init(name: String, site: SiteID, subnet: String) {
            self.name = name
            self.site = site
            self.subnet = subnet
        }
    }

    /// Makes a bridge network for a site. Throws `EngineError` that is a conflict if the subnet is taken.
    ///
    /// - Parameter bridge: the name of its interface, at most 15 characters.
    public func createNetwork(
        name: String, labels: Labels, site: SiteID, subnet: String, bridge: String
    ) async throws {
        let body = NetworkBody(
            name: name, labels: labels.of(site), subnets: NetworkBody.IPAM(config: [.init(subnet: subnet)]),
            options: ["com.docker.network.bridge.name": bridge])
        try await call(.POST, "/networks/create", body: body)
    }

    /// This platform's networks.
    public func networks(labels: Labels) async throws -> [Network] {
        try await call(.GET, "/networks", query: ["filters": labels.filter()], as: [ListedNetwork].self).compactMap {
            guard let site = labels.site(of: $0.labels), let subnet = $0.subnets.config?.first?.subnet else {
                return nil
            }
            return Network(name: $0.name, site: site, subnet: subnet)
        }
    }

    /// Removes a network; one that is gone is fine. False if a container is in it.
    public func remove(network: String) async throws -> Bool {
        do {
            try await ignoringAbsence { try await call(.DELETE, "/networks/\(network)") }
            return true
        } catch EngineError.refused(_, 403, _) {
            return false
        }
    }
}

private struct NetworkBody: Encodable {
    let name: String
    let driver = "bridge"
    let isNameUnique = true
    let labels: [String: String]
    let subnets: IPAM
    let options: [String: String]

    enum CodingKeys: String, CodingKey {
        case name = "Name"
        case driver = "Driver"
        case isNameUnique = "CheckDuplicate"
        case labels = "Labels"
        case subnets = "IPAM"
        case options = "Options"
    }

    struct IPAM: Encodable {
        let config: [Subnet]

        enum CodingKeys: String, CodingKey { case config = "Config" }
    }

    struct Subnet: Encodable {
        let subnet: String

        enum CodingKeys: String, CodingKey { case subnet = "Subnet" }
    }
}

private struct ListedNetwork: Decodable {
    let name: String
    let labels: [String: String]
    let subnets: IPAM

    enum CodingKeys: String, CodingKey {
        case name = "Name"
        case labels = "Labels"
        case subnets = "IPAM"
    }

    struct IPAM: Decodable {
        let config: [Subnet]?

        enum CodingKeys: String, CodingKey { case config = "Config" }
    }

    struct Subnet: Decodable {
        let subnet: String?

        enum CodingKeys: String, CodingKey { case subnet = "Subnet" }
    }
}
