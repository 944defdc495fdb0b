import CasterControl
import CasterCore
import CasterEdge
import CasterGit
import CasterStore
import Foundation
import Logging

extension Platform {
    /// Creates a site with an empty repository, which can be pushed to on return.
    public func createSite(for user: User) async throws -> (site: Site, environment: SiteEnvironment) {
        try await makeSite { try await store.createSite($0, owner: user, at: .now) }
    }

    /// Finds a free ID with `record`, which answers nil for one whose short form is taken.
    func makeSite(
        _ record: (SiteID) async throws -> (site: Site, environment: SiteEnvironment)?
    ) async throws -> (site: Site, environment: SiteEnvironment) {
        while true {
            let siteID = SiteID.random()
            // The repository first: a site whose creation was answered can always be pushed to, and a folder that a
            // crash leaves behind is nobody's.
            let path = folder.repo(siteID)
            try await BlockingThreads.disk { try Repository.create(path: path) }
            if let made = try await record(siteID) {
                let host = host(of: made.site)
                try await BlockingThreads.disk { [routes] in try routes.reserve(host: host) }
                wakeSocket.send(.names)
                return made
            }
            try await BlockingThreads.disk { try removeFolder(path) }
        }
    }

    /// A page of the sites of an account, newest first.
    public func sites(of user: User, page: Page = Page()) async throws -> [Site] {
        try await store.sites(of: user, page: page)
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

    /// The same with the site's `prod` environment.
    public func siteAndEnvironment(
        _ identifier: String, of user: User
    ) async throws -> (site: Site, environment: SiteEnvironment) {
        guard let identifier = SiteIdentifier(identifier),
            let found = try await store.siteAndEnvironment(identifier), found.0.userID == user.id
        else { throw Refusal.notFound("there is no such site among yours") }
        return found
    }

    /// Gives a site a name, under which it answers at once beside its short ID; at the old name it does no more.
    ///
    /// Throws `Refusal.invalid` for a bad name, `.conflict` for one that is taken or in quarantine.
    public func rename(_ site: Site, to name: String) async throws -> Site {
        let name = try SiteName(name)
        let quarantine = Date.now.addingTimeInterval(-86_400 * Double(limits.nameQuarantineDays))
        let (own, new) = (host(of: site), address.host(label: name.text))
        let renamed = try await store.rename(site, to: name, quarantineStart: quarantine, at: .now) {
            [routes, address] freed in
            try routes.alias(host: new, of: own)
            if let freed { try routes.remove(host: address.host(label: freed)) }
        }
        wakeSocket.send(.names)
        return renamed
    }

    /// Deletes a site. On return no visitor gets it any more; its files go in the background.
    public func delete(_ site: Site) async throws {
        let (switching, began) = try await store.beginDeletion(of: site, at: .now) { [routes, address] name, domains in
            for host in (name.map { [address.host(label: $0)] } ?? []) + domains { try routes.remove(host: host) }
        }
        guard began else { throw Refusal.notFound("there is no such site among yours") }
        if let switching { try await waitForSwitch(switching) }
        try await removeRoute(of: site)
        logger.info("site deleted", metadata: ["site": "\(site.siteID.short)"])
        wakeSocket.send(.removal)
        wakeSocket.send(.names)
    }

    /// While a route is being set, one that is removed might come back. A worker that died over it is waited for no longer
    /// than a few seconds: the next one finds the site deleted, and sets no route.
    private func waitForSwitch(_ id: Int64) async throws {
        guard let switching = try await store.deployment(id) else { return }
        do {
            _ = try await outcome(of: switching, within: .seconds(10)) { _ in }
        } catch let refusal as Refusal where refusal.kind == .notFound {
            // The rows are gone already: a worker was as quick.
        }
    }

    /// The route of the short ID: that of the name goes when the deletion begins.
    func removeRoute(of site: Site) async throws {
        let host = host(of: site)
        try await BlockingThreads.disk { [routes] in try routes.remove(host: host) }
    }
}
