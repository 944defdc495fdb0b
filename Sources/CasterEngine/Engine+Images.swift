import CasterCore
import Foundation
import NIOHTTP1

extension Engine {
    /// An image as far as it matters here.
    public struct Image: Sendable, Hashable {
        /// `sha256:…`.
        public let id: String
        /// TCP ports that the image says it listens on, ascending.
        public let ports: [Int]
        /// Bytes of all its layers.
        public let size: Int
        /// To the second.
        public let created: Date
        /// `repository:tag`, each.
        public let names: [String]
        /// It is known by its ID alone.
        public let isNameless: Bool
    }

    /// Nil if there is none.
    public func image(_ reference: String) async throws -> Image? {
        struct Answer: Decodable {
            let id: String
            let size: Int?
            let created: String
            let tags: [String]?
            let digests: [String]?
            let config: Config?

            struct Config: Decodable {
                let ports: [String: Empty]?

                enum CodingKeys: String, CodingKey { case ports = "ExposedPorts" }
            }

            struct Empty: Decodable {}

            enum CodingKeys: String, CodingKey {
                case id = "Id"
                case size = "Size"
                case created = "Created"
                case tags = "RepoTags"
                case digests = "RepoDigests"
                case config = "Config"
            }
        }
        do {
            let found = try await call(.GET, "/images/\(reference)/json", as: Answer.self)
            let ports = (found.config?.ports ?? [:]).keys.compactMap { text -> Int? in
                let parts = text.split(separator: "/")
                return parts.count == 1 || parts.last == "tcp" ? parts.first.flatMap { Int($0) } : nil
            }
            let created = try? Date(String(found.created.prefix(19)) + "Z", strategy: .iso8601)
            return Image(
                id: found.id, ports: ports.sorted(), size: found.size ?? 0, created: created ?? .distantPast,
                names: found.tags ?? [], isNameless: (found.tags ?? []).isEmpty && (found.digests ?? []).isEmpty)
        } catch let error as EngineError where error.isNotFound {
            return nil
        }
    }

    /// This platform's images, or one site's, by ID, with the bytes of all their layers.
    public func images(labels: Labels, site: SiteID? = nil) async throws -> [(id: String, site: SiteID, size: Int)] {
        struct Listed: Decodable {
            let id: String
            let size: Int
            let labels: [String: String]?

            enum CodingKeys: String, CodingKey {
                case id = "Id"
                case size = "Size"
                case labels = "Labels"
            }
        }
        return try await call(.GET, "/images/json", query: ["filters": labels.filter(site)], as: [Listed].self)
            .compactMap { listed in labels.site(of: listed.labels).map { (listed.id, $0, listed.size) } }
    }

    /// Gives an image a name in a repository; another that had it loses it.
    public func name(image: String, repository: String, tag: String) async throws {
        try await call(.POST, "/images/\(image)/tag", query: ["repo": repository, "tag": tag])
    }

    /// The tags of the images in a repository.
    public func tags(inRepository repository: String) async throws -> [String] {
        struct Listed: Decodable {
            let names: [String]?

            enum CodingKeys: String, CodingKey { case names = "RepoTags" }
        }
        let filter = try Self.json(["reference": [repository]])
        return try await call(.GET, "/images/json", query: ["filters": filter], as: [Listed].self)
            .flatMap { $0.names ?? [] }
            .compactMap { $0.hasPrefix(repository + ":") ? String($0.dropFirst(repository.utf8.count + 1)) : nil }
    }

    /// Removes an image with the layers that only it needs; one that is gone is fine. False if something still uses it.
    ///
    /// - Parameter force: also if a stopped container was made of it.
    public func remove(image: String, force: Bool = true) async throws -> Bool {
        do {
            let query = force ? ["force": "1"] : [:]
            try await ignoringAbsence { try await call(.DELETE, "/images/\(image)", query: query) }
            return true
        } catch let error as EngineError where error.isConflict {
            return false
        }
    }

    /// Absolute path of the folder that the engine keeps images and containers in.
    public func dataFolder() async throws -> String {
        struct Answer: Decodable {
            let folder: String

            enum CodingKeys: String, CodingKey { case folder = "DockerRootDir" }
        }
        return try await call(.GET, "/info", as: Answer.self).folder
    }
}
