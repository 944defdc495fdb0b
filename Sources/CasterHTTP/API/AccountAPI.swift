import CasterCore
import CasterDeploy
import Hummingbird

/// What changes the account itself: `me/password` and `me/delete`. Both ask for the password beside the key.
struct AccountAPI: Sendable {
    let platform: Platform

    struct NewPassword: Decodable {
        let currentPassword: String
        let newPassword: String

        enum CodingKeys: String, CodingKey {
            case currentPassword = "current_password"
            case newPassword = "new_password"
        }
    }

    struct Confirmation: Decodable {
        let password: String
    }

    func changePassword(_ request: Request, context: APIContext) async throws -> HTTPResponse.Status {
        let user = try context.requireUser()
        let body = try await request.json(NewPassword.self, limit: platform.limits.requestBytes)
        try await platform.changePassword(
            of: user, from: body.currentPassword, to: body.newPassword, client: request.clientAddress)
        return .noContent
    }

    func delete(_ request: Request, context: APIContext) async throws -> HTTPResponse.Status {
        let user = try context.requireUser()
        let body = try await request.json(Confirmation.self, limit: platform.limits.requestBytes)
        try await platform.deleteAccount(of: user, password: body.password, client: request.clientAddress)
        return .noContent
    }
}
