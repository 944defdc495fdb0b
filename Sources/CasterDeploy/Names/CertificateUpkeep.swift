import CasterControl
import CasterCore
import CasterEdge
import CasterStore
import Foundation
import Logging
import Metrics

/// Has a certificate for every name that should have one: orders it, puts it in place for nginx, and renews it when two
/// thirds of its life are over. What fails is tried again, at intervals that no authority's limits mind.
struct CertificateUpkeep: Sendable {
    let platform: Platform
    let logger: Logger

    /// Failures after which a domain is called failed.
    private static let mostAttempts = 3

    private var edge: EdgeCertificates { EdgeCertificates(folder: platform.folder) }

    func run() async throws {
        guard let acme = platform.names.acme else { return }
        var wakes = platform.wakeSocket.wakes(for: .names).makeAsyncIterator()
        var told: Set<String> = []
        var isFirst = true
        repeat {
            do {
                if isFirst { try await compareFiles() }
                isFirst = false
                try await removeObsolete()
                try await orderDue(acme)
                try await watchExpiry(&told)
            } catch is CancellationError {
                return
            } catch {
                logger.error("certificates cannot be looked after", metadata: ["error": "\(error)"])
            }
        } while await wakes.next() != nil
    }

    /// The platform's own names, each with further names in the same certificate.
    private var own: [(name: String, others: [String])] {
        let (address, names) = (platform.address, platform.names)
        var own: [(name: String, others: [String])] = []
        if names.hasWildcard(address.domain) {
            own.append(("*.\(address.domain)", [address.domain]))
        } else {
            own += [(address.domain, []), ("console.\(address.domain)", [])]
        }
        if address.sitesDomain != address.domain, names.hasWildcard(address.sitesDomain) {
            own.append(("*.\(address.sitesDomain)", []))
        }
        return own
    }

    private var wanted: CertificatesWanted {
        let domain = platform.address.sitesDomain
        return CertificatesWanted(
            names: own.map(\.name), siteDomain: platform.names.hasWildcard(domain) ? nil : domain)
    }

    /// After a crash a file may be half written, and after a loss one may be missing that is on record.
    private func compareFiles() async throws {
        try await BlockingThreads.disk { [edge] in try edge.removeUnfinished() }
        for certificate in try await platform.store.certificates() {
            let name = certificate.name
            let isThere = try await BlockingThreads.disk { [edge] in edge.has(name) }
            if !isThere { try await platform.store.reinstallCertificate(name) }
        }
    }

    private func removeObsolete() async throws {
        for name in try await platform.store.obsoleteCertificates(wanted, at: .now) {
            try await BlockingThreads.disk { [edge] in try edge.remove(name) }
            try await platform.store.forgetCertificate(name)
        }
    }

    private func orderDue(_ acme: ACMESettings) async throws {
        // The first order makes the account: one at a time until there is one.
        let accounts = "\(platform.folder.acme)/accounts"
        let atOnce = FileManager.default.fileExists(atPath: accounts) ? 4 : 1
        let due = try await platform.store.certificatesDue(wanted, at: .now, limit: atOnce)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (name, attempts) in due {
                let order = CertificateOrder(
                    folder: platform.folder, acme: acme, names: platform.names, name: name,
                    others: own.first { $0.name == name }?.others ?? [])
                group.addTask { try await carryOut(order, attempts: attempts) }
            }
            try await group.waitForAll()
        }
        if !due.isEmpty { platform.wakeSocket.send(.names) }
    }

    private func carryOut(_ order: CertificateOrder, attempts: Int) async throws {
        do {
            // One that was issued when this process died is as good as a new one.
            if let issued = try await order.issued(), issued.renewal() > .now {
                return try await install(issued, for: order.name)
            }
            let hourly = RateLimit(
                subject: "certificate orders", count: platform.limits.acmeOrdersPerHour, window: 3600)
            if let wait = try await platform.store.count([hourly], at: .now) {
                return try await postpone(
                    order.name,
                    "the platform orders \(hourly.count) certificates an hour at most (CASTER_ACME_ORDERS_PER_HOUR)",
                    attempts: attempts, until: .now.addingTimeInterval(Double(wait)), isHeld: true)
            }
            try await order.run()
            guard let issued = try await order.issued() else {
                throw Refusal.unavailable("what the certificate authority issued cannot be read")
            }
            try await install(issued, for: order.name)
            logger.info("a certificate was issued", metadata: ["name": "\(order.name)", "until": "\(issued.notAfter)"])
        } catch let refusal as Refusal {
            let delay = Delay.after(attempts: attempts, first: 10, factor: 4, longest: 6 * 3600)
            try await postpone(
                order.name, refusal.sentence, attempts: attempts + 1, until: .now.addingTimeInterval(delay),
                isHeld: false)
        } catch let limit as CertificateOrder.RateLimited {
            try await postpone(
                order.name, limit.sentence, attempts: attempts + 1, until: limit.end, isHeld: true)
        }
    }

    private func postpone(
        _ name: String, _ problem: String, attempts: Int, until time: Date, isHeld: Bool
    ) async throws {
        // A second later, so that it is not before the time by a rounding.
        let next = Date(timeIntervalSince1970: time.timeIntervalSince1970.rounded(.up))
        try await platform.store.postponeCertificate(
            name, problem: isHeld ? "\(problem); it is ordered after \(next.formatted(.iso8601))" : problem,
            attempts: attempts, isFinal: attempts >= Self.mostAttempts, isHeld: isHeld, until: next)
        logger.warning(
            "there is no new certificate: it is tried again",
            metadata: ["name": "\(name)", "at": "\(next.formatted(.iso8601))", "reason": "\(problem)"])
    }

    private func install(_ issued: CertificateOrder.Issued, for name: String) async throws {
        try await BlockingThreads.disk { [edge] in try edge.install(issued.pem, for: name) }
        try await platform.store.recordCertificate(
            name, issuedAt: issued.notBefore, expiresAt: issued.notAfter, renewal: issued.renewal()
        ) { [platform] site, all in try platform.domainRoutes(of: site)(all) }
    }

    /// Tells `/metrics` the first end of a certificate, and how many have less than a sixth of their life left, which a renewal
    /// in time would have prevented; each of those is an error in the log too.
    private func watchExpiry(_ told: inout Set<String>) async throws {
        let certificates = try await platform.store.certificates()
        let near = certificates.filter { certificate in
            let life = certificate.expiresAt.timeIntervalSince(certificate.issuedAt)
            return certificate.expiresAt.timeIntervalSinceNow < life / 6
        }
        Meter(label: "caster_certificates").set(certificates.count)
        Meter(label: "caster_certificates_near_expiry").set(near.count)
        if let first = certificates.map(\.expiresAt).min() {
            Meter(label: "caster_certificate_first_expiry_timestamp_seconds").set(first.timeIntervalSince1970)
        }
        for certificate in near where !told.contains(certificate.name) {
            logger.error(
                "a certificate is near its end and was not renewed: see the warnings before, and look at the authority",
                metadata: ["name": "\(certificate.name)", "until": "\(certificate.expiresAt)"])
        }
        told = Set(near.map(\.name))
    }
}
