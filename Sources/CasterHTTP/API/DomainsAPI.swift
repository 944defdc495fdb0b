import CasterCore
import CasterDeploy
import Foundation
import Hummingbird

/// `sites/{identifier}/domains`.
struct DomainsAPI: Sendable {
    let platform: Platform

    struct NewDomain: Decodable {
        let domain: String
    }

    struct Change: Decodable {
        let primary: Bool
    }

    func add(_ request: Request, context: APIContext) async throws -> EditedResponse<DomainBody> {
        let site = try await site(context)
        let body = try await request.json(NewDomain.self, limit: platform.limits.requestBytes)
        let domain = try await platform.addDomain(body.domain, to: site)
        return EditedResponse(status: .created, response: DomainBody(domain, of: site, platform))
    }

    func list(_ request: Request, context: APIContext) async throws -> Response {
        let paging = try Paging(request)
        let site = try await site(context)
        let domains = try await platform.domains(of: site, page: paging.page)
        return try await paging.response(domains, id: \.id, request: request, context: context) {
            DomainBody($0, of: site, platform)
        }
    }

    func get(_ request: Request, context: APIContext) async throws -> DomainBody {
        let (domain, site) = try await domain(context)
        return DomainBody(domain, of: site, platform)
    }

    func change(_ request: Request, context: APIContext) async throws -> DomainBody {
        let (domain, site) = try await domain(context)
        let body = try await request.json(Change.self, limit: platform.limits.requestBytes)
        return DomainBody(try await platform.setPrimary(body.primary, domain, of: site), of: site, platform)
    }

    func delete(_ request: Request, context: APIContext) async throws -> HTTPResponse.Status {
        let (domain, site) = try await domain(context)
        try await platform.deleteDomain(domain, of: site)
        return .noContent
    }

    /// The worker looks; what it finds shows a moment later.
    func check(_ request: Request, context: APIContext) async throws -> EditedResponse<DomainBody> {
        let (domain, site) = try await domain(context)
        let checked = try await platform.checkDomain(domain, of: site)
        return EditedResponse(status: .accepted, response: DomainBody(checked, of: site, platform))
    }

    private func site(_ context: APIContext) async throws -> Site {
        try await platform.site(context.parameters.require("identifier"), of: context.requireUser())
    }

    private func domain(_ context: APIContext) async throws -> (CustomDomain, Site) {
        let site = try await site(context)
        let name = try context.parameters.require("domain")
        return (try await platform.domain(name.removingPercentEncoding ?? name, of: site), site)
    }
}

/// A domain of a site, with the records that its owner has to set.
struct DomainBody: ResponseEncodable {
    let domain: String
    let status: String
    let reason: String?
    let primary: Bool
    let url: String
    let records: [Record]
    let createdAt: Date

    struct Record: Encodable {
        let type: String
        let name: String
        let value: String
    }

    init(_ domain: CustomDomain, of site: Site, _ platform: Platform) {
        self.domain = domain.name.text
        status = domain.status.rawValue
        reason = domain.reason
        primary = domain.isPrimary
        url = platform.url(of: domain)
        records = platform.recordsToSet(for: domain, of: site).map {
            Record(type: $0.type, name: $0.name, value: $0.value)
        }
        createdAt = domain.createdAt
    }

    enum CodingKeys: String, CodingKey {
        case domain, status, reason, primary, url, records
        case createdAt = "created_at"
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(domain, forKey: .domain)
        try container.encode(status, forKey: .status)
        try container.encode(reason, forKey: .reason)  // null if there is nothing to say
        try container.encode(primary, forKey: .primary)
        try container.encode(url, forKey: .url)
        try container.encode(records, forKey: .records)
        try container.encode(createdAt, forKey: .createdAt)
    }
}
