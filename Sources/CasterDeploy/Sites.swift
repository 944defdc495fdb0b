import CasterCore
import CasterEdge
import CasterGit
import CasterStore
import Foundation

extension Platform {
    /// Creates a site with an empty repository, which can be pushed to on return.
    public func createSite(for user: User) async throws -> (site: Site, environment: SiteEnvironment) {
        while true {
            let siteID = SiteID.random()
            // The repository first: a site whose creation was answered can always be pushed to, and a folder that a
            // crash leaves behind is nobody's.
            let path = folder.repo(siteID)
            try await BlockingThreads.disk { try Repository.create(path: path) }
            if let created = try await store.createSite(siteID, owner: user, at: .now) {
                try await reserveRoute(of: created.0)
                return created
            }
        }
    }

    /// The sites of an account, newest first.
    public func sites(of user: User) async throws -> [Site] {
        try await store.sites(of: user)
    }

    /// The site that a short ID or a name stands for.
    ///
    /// Throws `Refusal.notFound`, with the same sentence, if there is none or it is somebody else's.
    public func site(_ identifier: String, of user: User) async throws -> Site {
        guard let identifier = SiteIdentifier(identifier), let site = try await store.site(identifier, of: user) else {
            throw Refusal.notFound("there is no such site among yours")
        }
        return site
    }

    /// The site's `prod` environment.
    public func environment(of site: Site) async throws -> SiteEnvironment {
        try await store.environment(of: site)
    }

    func reserveRoute(of site: Site) async throws {
        let host = host(of: site)
        try await BlockingThreads.disk { [routes] in try routes.reserve(host: host) }
    }
}
