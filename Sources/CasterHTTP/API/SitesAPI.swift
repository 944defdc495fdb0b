import CasterCore
import CasterDeploy
import Foundation
import Hummingbird
import ServiceLifecycle

/// `sites`.
struct SitesAPI: Sendable {
    let platform: Platform

    struct Created: ResponseEncodable {
        let site: SiteBody
        let environment: EnvironmentBody
        let gitURL: String
        let url: String

        enum CodingKeys: String, CodingKey {
            case site, environment, url
            case gitURL = "git_url"
        }
    }

    func create(_ request: Request, context: APIContext) async throws -> EditedResponse<Created> {
        let (site, environment) = try await platform.createSite(for: context.requireUser())
        let body = Created(
            site: SiteBody(site), environment: EnvironmentBody(environment),
            gitURL: platform.address.gitURL(site.siteID), url: platform.address.siteURL(label: site.label))
        return EditedResponse(status: .created, response: body)
    }

    func list(_ request: Request, context: APIContext) async throws -> Response {
        let paging = try Paging(request)
        let sites = try await platform.sites(of: context.requireUser(), page: paging.page)
        return try await paging.response(sites, id: \.id, request: request, context: context) { SiteBody($0) }
    }

    func get(_ request: Request, context: APIContext) async throws -> SiteBody {
        let (site, environment) = try await platform.siteAndEnvironment(
            context.parameters.require("identifier"), of: context.requireUser())
        return SiteBody(
            site, environment: environment, address: platform.address,
            dnsProblem: try await platform.dnsProblem(of: site))
    }

    func rename(_ request: Request, context: APIContext) async throws -> SiteBody {
        let site = try await platform.site(context.parameters.require("identifier"), of: context.requireUser())
        let body = try await request.json(NewName.self, limit: platform.limits.requestBytes)
        return SiteBody(try await platform.rename(site, to: body.name))
    }

    func delete(_ request: Request, context: APIContext) async throws -> HTTPResponse.Status {
        let site = try await platform.site(context.parameters.require("identifier"), of: context.requireUser())
        try await platform.delete(site)
        return .noContent
    }

    /// What the container prints, as server-sent events: `log` with a line each, as it comes, until the client leaves.
    func logs(_ request: Request, context: APIContext) async throws -> Response {
        let site = try await platform.site(context.parameters.require("identifier"), of: context.requireUser())
        let asked = request.uri.queryParameters["tail"].map(String.init)
        let tail = asked.map { Int($0) } ?? platform.limits.logLines
        guard let tail, (0...10_000).contains(tail) else {
            throw Refusal.invalid("tail must be a whole number from 0 to 10000")
        }
        let events = try await platform.output(of: site, tail: tail)
        return Response(
            status: .ok,
            headers: [.contentType: "text/event-stream", .cacheControl: "no-store", .accelBuffering: "no"],
            body: ResponseBody { writer in
                // The head goes out at once, also if nothing is printed.
                try await writer.write(ByteBuffer(string: ": the container's output\n\n"))
                for try await event in events.cancelOnGracefulShutdown() {
                    switch event {
                    case .line(let line):
                        try await writer.write(ByteBuffer(string: "event: log\n\(DeploymentsAPI.data(line))\n"))
                    case .silence: try await writer.write(ByteBuffer(string: ":\n\n"))
                    }
                }
                try await writer.finish(nil)
            })
    }

    struct NewName: Decodable {
        let name: String
    }
}

/// A site as the seed prints it; where one site was asked for, with its environment and addresses beside the fields.
struct SiteBody: ResponseEncodable {
    let site: Site
    var environment: SiteEnvironment?
    var address: PublicAddress?
    /// Why its names are not in the DNS; nil, and not shown, if all is well.
    var dnsProblem: String?

    init(
        _ site: Site, environment: SiteEnvironment? = nil, address: PublicAddress? = nil, dnsProblem: String? = nil
    ) {
        self.dnsProblem = dnsProblem
        self.site = site
        self.environment = environment
        self.address = address
    }

    enum CodingKeys: String, CodingKey {
        case id, name, environment, url
        case siteID = "site_id"
        case userID = "user_id"
        case createdAt = "created_at"
        case gitURL = "git_url"
        case dnsProblem = "dns_problem"
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(site.id, forKey: .id)
        try container.encode(site.siteID.hex, forKey: .siteID)
        try container.encode(site.userID, forKey: .userID)  // null where the seed shows null
        try container.encode(site.name, forKey: .name)
        try container.encode(site.createdAt, forKey: .createdAt)
        try container.encodeIfPresent(environment.map(EnvironmentBody.init), forKey: .environment)
        try container.encodeIfPresent(address?.gitURL(site.siteID), forKey: .gitURL)
        try container.encodeIfPresent(address?.siteURL(label: site.label), forKey: .url)
        try container.encodeIfPresent(dnsProblem, forKey: .dnsProblem)
    }
}

struct EnvironmentBody: ResponseEncodable {
    let id: Int64
    let siteID: Int64
    let name: String
    let containerState: String
    let createdAt: Date

    init(_ environment: SiteEnvironment) {
        id = environment.id
        siteID = environment.siteID
        name = environment.name
        containerState = environment.containerState.rawValue
        createdAt = environment.createdAt
    }

    enum CodingKeys: String, CodingKey {
        case id, name
        case siteID = "site_id"
        case containerState = "container_state"
        case createdAt = "created_at"
    }
}
