import CasterCore
import CasterDeploy
import Foundation
import Hummingbird

/// `sessions`: the browsers in which the account is signed in to the console.
struct SessionsAPI: Sendable {
    let platform: Platform

    func list(_ request: Request, context: APIContext) async throws -> Response {
        let paging = try Paging(request)
        let sessions = try await platform.browserSessions(of: context.requireUser(), page: paging.page)
        return try await paging.response(sessions, id: \.id, request: request, context: context) { SessionBody($0) }
    }

    func delete(_ request: Request, context: APIContext) async throws -> HTTPResponse.Status {
        try await platform.endBrowserSession(context.requireID(), of: context.requireUser())
        return .noContent
    }
}

struct SessionBody: ResponseEncodable {
    let id: Int64
    let client: String
    let createdAt: Date
    let lastSeenAt: Date
    let expiresAt: Date

    init(_ session: BrowserSession) {
        id = session.id
        client = session.client
        createdAt = session.createdAt
        lastSeenAt = session.lastSeenAt
        expiresAt = session.expiresAt
    }

    enum CodingKeys: String, CodingKey {
        case id, client
        case createdAt = "created_at"
        case lastSeenAt = "last_seen_at"
        case expiresAt = "expires_at"
    }
}
