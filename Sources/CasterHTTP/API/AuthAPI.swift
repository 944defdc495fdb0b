import CasterCore
import CasterDeploy
import Foundation
import Hummingbird

/// Accounts: `auth` and `me`.
struct AuthAPI: Sendable {
    let platform: Platform

    struct Credentials: Decodable {
        let email: String
        let password: String
    }

    struct Registered: ResponseEncodable {
        let user: UserBody
        let apiKey: String

        enum CodingKeys: String, CodingKey {
            case user
            case apiKey = "api_key"
        }
    }

    struct Me: ResponseEncodable {
        let user: UserBody
    }

    func register(_ request: Request, context: APIContext) async throws -> EditedResponse<Registered> {
        let body = try await request.json(Credentials.self, limit: platform.limits.requestBytes)
        let (user, apiKey) = try await platform.register(email: body.email, password: body.password)
        return EditedResponse(status: .created, response: Registered(user: UserBody(user), apiKey: apiKey))
    }

    func logIn(_ request: Request, context: APIContext) async throws -> Me {
        let body = try await request.json(Credentials.self, limit: platform.limits.requestBytes)
        let user = try await platform.logIn(
            email: body.email, password: body.password, from: request.clientAddress)
        return Me(user: UserBody(user))
    }

    func me(_ request: Request, context: APIContext) async throws -> Me {
        Me(user: UserBody(try context.requireUser()))
    }
}

struct UserBody: Encodable {
    let id: Int64
    let email: String
    let createdAt: Date

    init(_ user: User) {
        id = user.id
        email = user.email
        createdAt = user.createdAt
    }

    enum CodingKeys: String, CodingKey {
        case id, email
        case createdAt = "created_at"
    }
}
