import CasterCore
import CasterDeploy
import Foundation
import Hummingbird

/// `ssh-keys`.
struct SSHKeysAPI: Sendable {
    let platform: Platform

    struct NewKey: Decodable {
        let name: String?
        let publicKey: String

        enum CodingKeys: String, CodingKey {
            case name
            case publicKey = "public_key"
        }
    }

    func add(_ request: Request, context: APIContext) async throws -> EditedResponse<SSHKeyBody> {
        let user = try context.requireUser()
        let body = try await request.json(NewKey.self, limit: platform.limits.requestBytes)
        let key = try await platform.addSSHKey(body.publicKey, name: body.name, to: user)
        return EditedResponse(status: .created, response: SSHKeyBody(key))
    }

    func list(_ request: Request, context: APIContext) async throws -> Response {
        let paging = try Paging(request)
        let keys = try await platform.sshKeys(of: context.requireUser(), page: paging.page)
        return try await paging.response(keys, id: \.id, request: request, context: context) { SSHKeyBody($0) }
    }

    func delete(_ request: Request, context: APIContext) async throws -> HTTPResponse.Status {
        try await platform.deleteSSHKey(context.requireID(), of: context.requireUser())
        return .noContent
    }
}

struct SSHKeyBody: ResponseEncodable {
    let id: Int64
    let userID: Int64
    let name: String
    let publicKey: String
    let fingerprint: String
    let createdAt: Date

    init(_ key: SSHKey) {
        id = key.id
        userID = key.userID
        name = key.name
        publicKey = key.publicKey
        fingerprint = key.fingerprint
        createdAt = key.createdAt
    }

    enum CodingKeys: String, CodingKey {
        case id, name, fingerprint
        case userID = "user_id"
        case publicKey = "public_key"
        case createdAt = "created_at"
    }
}
