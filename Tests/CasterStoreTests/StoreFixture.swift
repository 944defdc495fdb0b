import CasterCore
import CasterStore
import Foundation

/// A store in a folder of its own, with one account, and what belongs to it.
final class StoreFixture: Sendable {
    let store: Store
    let owner: User
    private let folder: String

    init() async throws {
        folder = "/tmp/caster-store-\(UInt64.random(in: .min ... .max))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        store = try Store(path: "\(folder)/caster.sqlite")
        owner = try await store.createUser(
            email: EmailAddress("alice@example.com"), passwordHash: "", keyName: "key", key: .random(),
            at: Self.time(0))
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    /// A store on the same file, as another process would open it.
    func another() throws -> Store { try Store(path: "\(folder)/caster.sqlite") }

    func site() async throws -> Site {
        guard let (site, _) = try await store.createSite(.random(), owner: owner, at: Self.time(0)) else {
            throw Refusal.conflict("the same 32 random bits twice")
        }
        return site
    }

    /// A deployment of a commit with a tree of its own, waiting to be taken up.
    @discardableResult
    func accept(_ number: Int, of site: Site, tree: Int? = nil, tip: Int? = nil) async throws -> Deployment {
        let new = NewDeployment(
            site: site, commit: Self.id(number), tree: Self.id(tree ?? number), source: .push)
        return try await store.accept(new, at: Self.time(number)) { tip.map(Self.id) }
    }

    /// The same, taken to `live`.
    @discardableResult
    func deploy(_ number: Int, of site: Site) async throws -> Deployment {
        let deployment = try await accept(number, of: site)
        return try await store.move(
            deployment.id, through: [.building, .built, .deploying, .live], at: Self.time(number))
    }

    func status(_ deployment: Deployment) async throws -> DeploymentStatus? {
        try await store.deployment(deployment.id)?.status
    }

    /// 40 hex digits.
    static func id(_ number: Int) -> String {
        let hex = String(number, radix: 16)
        return String(repeating: "0", count: 40 - hex.count) + hex
    }

    /// Seconds after an arbitrary instant.
    static func time(_ seconds: Int) -> Date { Date(timeIntervalSince1970: 1_800_000_000 + Double(seconds)) }
}
