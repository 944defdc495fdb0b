import CasterCore
import CasterDeploy
import Foundation
import Hummingbird

/// The sites of whoever is signed in: `/sites`.
struct SitesPage: Sendable {
    let platform: Platform

    private struct Sites {
        let rows: [Row]
        let search: String
        let isSearch: Bool
        let isEmpty: Bool
        /// The next page's path.
        let older: String?
    }

    struct Row {
        let label: String
        let short: String
        let link: String
        let url: String
        let state: String
        let latest: Moment?
        let created: Moment
    }

    private static let pageLength = 100

    func list(_ request: Request, context: APIContext) async throws -> Response {
        let user = try context.requireUser()
        let search = String((request.uri.queryParameters["q"] ?? "").prefix(100)).lowercased()
        let before = request.uri.queryParameters["before"].flatMap { Int64($0) } ?? .max
        let found = try await platform.siteSummaries(
            of: user, matching: search, page: Page(limit: Self.pageLength + 1, before: before))
        let now = Date.now
        let shown = found.prefix(Self.pageLength)
        let older =
            found.count > shown.count ? shown.last.map { "/sites?q=\(search.inQuery)&before=\($0.site.id)" } : nil
        let content = Sites(
            rows: shown.map { Row($0, address: platform.address, now: now) }, search: search,
            isSearch: !search.isEmpty, isEmpty: shown.isEmpty, older: older)
        return ConsolePage("Sites", for: context, scripts: ["times.js", "copy.js"], content: content).response("sites")
    }

    /// Makes an empty site to push to, and shows it.
    func create(_ form: Form, _ request: Request, context: APIContext) async throws -> Response {
        let (site, _) = try await platform.createSite(for: context.requireUser())
        return .redirect(to: "/sites/\(site.siteID.short)", type: .normal)
    }
}

extension SitesPage.Row {
    fileprivate init(_ summary: SiteSummary, address: PublicAddress, now: Date) {
        let site = summary.site
        label = site.label
        short = site.siteID.short
        link = "/sites/\(site.siteID.short)"
        url = address.siteURL(label: site.label)
        state = summary.state
        latest = summary.latest.map { Moment($0.createdAt, now: now) }
        created = Moment(site.createdAt, now: now)
    }
}

extension SiteSummary {
    /// In one word: `live`, `building`, `failed` (nothing is live), or `new` (nothing came yet). The last deployment's failure beside a
    /// live one is told on the site's own page.
    var state: String {
        switch latest?.status {
        case nil: "new"
        case .pending, .building, .built, .deploying: "building"
        case .failed where !isLive: "failed"
        default: isLive ? "live" : "new"
        }
    }
}

extension String {
    /// Percent-encoded for a value in a query.
    var inQuery: String {
        addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
    }
}
