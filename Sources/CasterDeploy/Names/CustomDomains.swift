import CasterControl
import CasterCore
import CasterEdge
import CasterStore
import Foundation

extension Platform {
    /// Asks for a site to answer under a domain of its owner's, once DNS records prove it.
    ///
    /// Throws `Refusal.invalid` for what is no domain, or the platform's; `.conflict`, `.tooLarge` as the store does.
    public func addDomain(_ text: String, to site: Site) async throws -> CustomDomain {
        let name = try DomainName(text)
        for own in [address.domain, address.sitesDomain] where name.isWithin(own) {
            throw Refusal.invalid("\(name.text) is the platform's own: rename the site to have a name below \(own)")
        }
        let domain = try await store.addDomain(
            name, token: Secret.randomHex(bytes: 16), to: site, limit: limits.domainsPerSite, at: .now)
        wakeSocket.send(.names)
        return domain
    }

    /// A page of a site's domains, newest first.
    public func domains(of site: Site, page: Page = Page()) async throws -> [CustomDomain] {
        try await store.domains(of: site, page: page)
    }

    /// Throws `Refusal.notFound` for a domain that is not the site's.
    public func domain(_ text: String, of site: Site) async throws -> CustomDomain {
        let missing = Refusal.notFound("this site has no such domain")
        guard let name = try? DomainName(text), let domain = try await store.domain(name, of: site) else {
            throw missing
        }
        return domain
    }

    /// Ends a site's answering under a domain: on return no visitor gets it there.
    public func deleteDomain(_ domain: CustomDomain, of site: Site) async throws {
        let (routes, setRoutes) = (routes, domainRoutes(of: site))
        let isGone = try await store.deleteDomain(domain) { left in
            if domain.isVerified { try routes.remove(host: domain.name.ascii) }
            try setRoutes(left)
        }
        guard isGone else { throw Refusal.notFound("this site has no such domain") }
        wakeSocket.send(.names)
    }

    /// Makes a domain the one to which the site's others lead, or no more.
    public func setPrimary(_ isPrimary: Bool, _ domain: CustomDomain, of site: Site) async throws -> CustomDomain {
        try await store.setPrimary(isPrimary, domain, route: domainRoutes(of: site))
        return try await self.domain(domain.name.ascii, of: site)
    }

    /// Has a domain's records looked at as soon as can be; what is live stays so.
    public func checkDomain(_ domain: CustomDomain, of site: Site) async throws -> CustomDomain {
        try await store.checkSoon(domain)
        wakeSocket.send(.names)
        return try await self.domain(domain.name.ascii, of: site)
    }

    /// What the owner has to set where the domain is kept: the proof, and what leads visitors here. A name of two labels is
    /// taken to be the top of its zone, where no CNAME can stand.
    public func recordsToSet(for domain: CustomDomain, of site: Site) -> [RecordToSet] {
        let name = domain.name.ascii
        let proof = RecordToSet(type: "TXT", name: domain.name.proofName, value: domain.proof)
        if name.split(separator: ".").count == 2, !names.addresses.isEmpty {
            return [proof]
                + names.addresses.map { RecordToSet(type: $0.contains(":") ? "AAAA" : "A", name: name, value: $0) }
        }
        return [proof, RecordToSet(type: "CNAME", name: name, value: host(of: site))]
    }

    /// Where a domain answers, or will.
    public func url(of domain: CustomDomain) -> String {
        address.url(host: domain.name.ascii, isSecure: names.acme != nil)
    }

    /// Why a site's names below the platform's domain are not in the DNS; nil if all is well.
    public func dnsProblem(of site: Site) async throws -> String? {
        names.dns == nil ? nil : try await store.dnsProblem(of: site)
    }
}

extension Platform {
    /// Sets the routes of a site's domains: those that are proven show the site, or lead to the primary one once that is
    /// live.
    func domainRoutes(of site: Site) -> @Sendable (_ all: [CustomDomain]) throws -> Void {
        let own = host(of: site)
        return { [self] all in
            let proven = all.filter(\.isVerified)
            let primary = proven.first { $0.isPrimary && $0.status == .live }
            for domain in proven {
                if let primary, primary.id != domain.id {
                    try routes.redirect(host: domain.name.ascii, to: url(of: primary))
                } else {
                    try routes.alias(host: domain.name.ascii, of: own)
                }
            }
        }
    }

    func restoreDomainRoutes(of site: Site) async throws {
        let domains = try await store.domains(of: site)
        if domains.isEmpty { return }
        let setRoutes = domainRoutes(of: site)
        try await BlockingThreads.disk { try setRoutes(domains) }
    }

    /// The site that answers at a host: at its short ID, its name or a domain.
    func site(answering host: String) async throws -> Site? {
        guard let label = address.label(ofHost: host) else { return try await store.site(withDomain: host) }
        guard let identifier = SiteIdentifier(label) else { return nil }
        return try await store.site(answering: identifier)
    }

    /// Whether the host's route is to stay.
    func isRouted(_ host: String) async throws -> Bool { try await site(answering: host) != nil }
}
