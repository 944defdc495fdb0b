import CasterCore
import CasterDeploy
import Foundation
import Hummingbird

/// The domains of a site's owner: `/sites/{identifier}/domains`.
struct DomainsPage: Sendable {
    let platform: Platform

    private struct Content {
        let label: String
        let siteLink: String
        let link: String
        let rows: [DomainRow]
        /// What was typed, if it was refused.
        let typed: String
        let limit: Int
        /// What is wrong with the DNS records that the platform keeps itself.
        let dnsProblem: String?
    }

    private struct DomainRow {
        let name: String
        let url: String
        let link: String
        let status: String
        let isLive: Bool
        let isPrimary: Bool
        let reason: String?
        let records: [RecordToSet]
        let added: Moment
    }

    func list(_ request: Request, context: APIContext) async throws -> Response {
        try await page(site(context), context)
    }

    func add(_ form: Form, _ request: Request, context: APIContext) async throws -> Response {
        let site = try await site(context)
        do {
            _ = try await platform.addDomain(form["domain"], to: site)
            return back(to: site)
        } catch let refusal as Refusal {
            return try await page(site, typed: form["domain"], problem: refusal, context)
        }
    }

    func check(_ form: Form, _ request: Request, context: APIContext) async throws -> Response {
        let (domain, site) = try await domain(context)
        _ = try await platform.checkDomain(domain, of: site)
        return back(to: site)
    }

    func setPrimary(_ form: Form, _ request: Request, context: APIContext) async throws -> Response {
        let (domain, site) = try await domain(context)
        _ = try await platform.setPrimary(form["primary"] == "true", domain, of: site)
        return back(to: site)
    }

    func delete(_ form: Form, _ request: Request, context: APIContext) async throws -> Response {
        let (domain, site) = try await domain(context)
        try await platform.deleteDomain(domain, of: site)
        return back(to: site)
    }

    private func back(to site: Site) -> Response { .redirect(to: Self.link(of: site), type: .normal) }

    private static func link(of site: Site) -> String { "/sites/\(site.siteID.short)/domains" }

    private func page(
        _ site: Site, typed: String = "", problem: Refusal? = nil, _ context: APIContext
    ) async throws -> Response {
        let rows = try await platform.domains(of: site).map { domain in
            DomainRow(
                name: domain.name.text, url: platform.url(of: domain),
                link: "\(Self.link(of: site))/\(domain.name.ascii)", status: domain.status.rawValue,
                isLive: domain.status == .live, isPrimary: domain.isPrimary, reason: domain.reason,
                records: platform.recordsToSet(for: domain, of: site), added: Moment(domain.createdAt))
        }
        let content = Content(
            label: site.label, siteLink: "/sites/\(site.siteID.short)", link: Self.link(of: site), rows: rows,
            typed: typed, limit: platform.limits.domainsPerSite,
            dnsProblem: try await platform.dnsProblem(of: site))
        return ConsolePage(
            "Domains of \(site.label)", for: context, scripts: ["times.js", "copy.js"], problem: problem,
            content: content
        ).response("domains", status: problem?.kind.status ?? .ok)
    }

    private func site(_ context: APIContext) async throws -> Site {
        try await platform.site(context.parameters.require("identifier"), of: context.requireUser())
    }

    private func domain(_ context: APIContext) async throws -> (CustomDomain, Site) {
        let site = try await site(context)
        return (try await platform.domain(context.parameters.require("domain"), of: site), site)
    }
}
