import CasterControl
import CasterCore
import CasterStore
import Foundation
import Logging

/// Looks at the DNS for the records that owners were asked to set, and makes their domains live.
struct DomainUpkeep: Sendable {
    let platform: Platform
    let logger: Logger

    /// Checks after which a domain is called failed: three days, at the longest interval of an hour.
    private static let mostAttempts = 80

    private var resolver: Resolver { Resolver(server: platform.names.resolver) }

    func run() async throws {
        var wakes = platform.wakeSocket.wakes(for: .names).makeAsyncIterator()
        repeat {
            do {
                try await checkDue()
            } catch is CancellationError {
                return
            } catch {
                logger.error("custom domains cannot be checked", metadata: ["error": "\(error)"])
            }
        } while await wakes.next() != nil
    }

    private func checkDue() async throws {
        let due = try await platform.store.dueDomains(at: .now, limit: 20)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (domain, site) in due { group.addTask { try await check(domain, of: site) } }
            try await group.waitForAll()
        }
    }

    private func check(_ domain: CustomDomain, of site: Site) async throws {
        let problem: String?
        do {
            problem = try await self.problem(with: domain, of: site)
        } catch let refusal as Refusal {
            problem = refusal.sentence
        }
        guard let problem else {
            let status: CustomDomain.Status = platform.names.acme == nil ? .live : .waitingForCertificate
            try await platform.store.verify(domain, status: status, route: platform.domainRoutes(of: site))
            logger.info(
                "a custom domain is proven",
                metadata: ["domain": "\(domain.name.ascii)", "site": "\(site.siteID.short)"])
            return platform.wakeSocket.send(.names)
        }
        guard domain.attempts < Self.mostAttempts else {
            return try await platform.store.postpone(
                domain, status: .failed, reason: "\(problem); looked for 3 days: set the records, and ask for a check",
                until: nil)
        }
        let delay = Delay.after(attempts: domain.attempts, first: 2, factor: 2, longest: 3600)
        try await platform.store.postpone(
            domain, status: .waitingForDNS, reason: problem, until: .now.addingTimeInterval(delay))
    }

    /// What the owner has to mend, in one sentence; nil if the domain is proven and leads here.
    private func problem(with domain: CustomDomain, of site: Site) async throws -> String? {
        let name = domain.name.ascii
        let texts = try await resolver.texts(of: domain.name.proofName)
        guard texts.contains(domain.proof) else {
            return texts.isEmpty
                ? "there is no TXT record at \(domain.name.proofName) yet"
                : "no TXT record at \(domain.name.proofName) says \(domain.proof)"
        }
        if let holder = try await platform.store.holder(besides: domain), texts.contains(holder.proof) {
            return "another site answers at \(name) as long as its own TXT record is at \(domain.name.proofName)"
        }
        let found = try await resolver.addresses(of: name)
        guard !found.isEmpty else { return "\(name) has no address yet: set the records" }
        let ours = try await expected(of: site)
        guard !ours.isEmpty else { return "the platform's own addresses are not known at the moment" }
        guard found.isSubset(of: ours) else { return "\(name) leads somewhere else than to this platform" }
        return nil
    }

    private func expected(of site: Site) async throws -> Set<String> {
        let told = Set(platform.names.addresses.compactMap(Resolver.canonical))
        return told.isEmpty ? try await resolver.addresses(of: platform.host(of: site)) : told
    }
}
