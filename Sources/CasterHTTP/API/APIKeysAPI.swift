import CasterCore
import CasterDeploy
import Foundation
import Hummingbird

/// `api-keys`.
struct APIKeysAPI: Sendable {
    let platform: Platform

    struct NewKey: Decodable {
        let name: String
    }

    func create(_ request: Request, context: APIContext) async throws -> EditedResponse<APIKeyBody> {
        let user = try context.requireUser()
        let body = try await request.json(NewKey.self, limit: platform.limits.requestBytes)
        let (key, plaintext) = try await platform.addAPIKey(name: body.name, to: user)
        return EditedResponse(status: .created, response: APIKeyBody(key, plaintext: plaintext))
    }

    func list(_ request: Request, context: APIContext) async throws -> Response {
        let paging = try Paging(request)
        let keys = try await platform.apiKeys(of: context.requireUser(), page: paging.page)
        return try await paging.response(keys, id: \.id, request: request, context: context) { APIKeyBody($0) }
    }

    func delete(_ request: Request, context: APIContext) async throws -> HTTPResponse.Status {
        try await platform.deleteAPIKey(context.requireID(), of: context.requireUser())
        return .noContent
    }
}

/// An API key as the seed prints it; the plaintext only where it was just made.
struct APIKeyBody: ResponseEncodable {
    let key: APIKey
    let plaintext: String?

    init(_ key: APIKey, plaintext: String? = nil) {
        self.key = key
        self.plaintext = plaintext
    }

    enum CodingKeys: String, CodingKey {
        case id, name, key
        case prefix = "key_prefix"
        case createdAt = "created_at"
        case lastUsedAt = "last_used_at"
        case clientID = "client_id"
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(key.id, forKey: .id)
        try container.encode(key.name, forKey: .name)
        try container.encode(key.prefix, forKey: .prefix)
        try container.encode(key.createdAt, forKey: .createdAt)
        try container.encode(key.lastUsedAt, forKey: .lastUsedAt)
        try container.encodeIfPresent(key.clientID, forKey: .clientID)
        try container.encodeIfPresent(plaintext, forKey: .key)
    }
}
