import CasterCore
import CasterDeploy
import Foundation
import HTTPTypes
import Hummingbird

/// The doors for files over HTTP: paste, upload, one-shot deploy and claim.
struct DeployAPI: Sendable {
    let platform: Platform

    /// What paste, upload and rollback answer.
    struct Accepted: ResponseEncodable {
        let deploymentID: Int64
        /// Where the seed shows it.
        var environment: String?
        let contentHash: String
        let status = "accepted"

        enum CodingKeys: String, CodingKey {
            case environment, status
            case deploymentID = "deployment_id"
            case contentHash = "content_hash"
        }
    }

    struct OneShot: ResponseEncodable {
        let site: SiteBody
        let deploymentID: Int64
        let url: String
        let status = "accepted"
        let claimToken: String?

        enum CodingKeys: String, CodingKey {
            case site, url, status
            case deploymentID = "deployment_id"
            case claimToken = "claim_token"
        }
    }

    struct Claim: Decodable {
        let claimToken: String

        enum CodingKeys: String, CodingKey {
            case claimToken = "claim_token"
        }
    }

    func paste(_ request: Request, context: APIContext) async throws -> EditedResponse<Accepted> {
        let user = try context.requireUser()
        let site = try await platform.site(context.parameters.require("identifier"), of: user)
        let files = try await filesBody(of: request).newFiles()
        let deployment = try await platform.deploy(files, to: site, from: .paste, by: user)
        return EditedResponse(
            status: .accepted, response: Accepted(deploymentID: deployment.id, contentHash: deployment.tree))
    }

    func upload(_ request: Request, context: APIContext) async throws -> Response {
        let user = try context.requireUser()
        let site = try await platform.site(context.parameters.require("identifier"), of: user)
        return try await request.withUploadedFile(
            in: platform.folder.uploads, limit: platform.limits.archiveBytes, logger: context.logger
        ) { archive in
            func accept() async throws -> Response {
                let deployment = try await platform.deploy(archive: archive, to: site, by: user)
                let body = Accepted(deploymentID: deployment.id, environment: "prod", contentHash: deployment.tree)
                return try EditedResponse(status: .accepted, response: body).response(from: request, context: context)
            }
            guard let key = request.headers[.idempotencyKey] else { return try await accept() }
            // The form's boundary differs from try to try; its file does not.
            let digest = try await Secret.sha256(
                Array("\(request.uri.path)\n".utf8) + platform.digest(ofFile: archive))
            return try await IdempotencyKeys.response(platform, key, "user \(user.id)", digest, next: accept)
        }
    }

    func rollBack(_ request: Request, context: APIContext) async throws -> EditedResponse<Accepted> {
        let site = try await platform.site(context.parameters.require("identifier"), of: context.requireUser())
        let deployment = try await platform.rollBack(to: context.requireID(), of: site)
        return EditedResponse(
            status: .accepted,
            response: Accepted(deploymentID: deployment.id, environment: "prod", contentHash: deployment.tree))
    }

    /// With a key, whatever the key is: a wrong one is refused, never taken for none.
    func deployOnce(_ request: Request, context: APIContext) async throws -> EditedResponse<OneShot> {
        let user = try await APIKeyAuthentication(platform: platform).user(of: request)
        let body = try await filesBody(of: request)
        let files = try body.newFiles()
        let deploy: OneShotDeploy
        if let user {
            deploy = try await platform.deployOnce(.list(files), to: body.site, by: user)
        } else {
            guard body.site == nil else {
                throw Refusal.unauthenticated("deploying to a site of yours needs its owner's API key")
            }
            deploy = try await platform.deployAnonymously(.list(files), from: request.clientAddress)
        }
        return EditedResponse(
            status: .accepted,
            response: OneShot(
                site: SiteBody(deploy.site), deploymentID: deploy.deployment.id,
                url: platform.address.siteURL(label: deploy.site.label), claimToken: deploy.claimToken))
    }

    func claim(_ request: Request, context: APIContext) async throws -> SiteBody {
        let user = try context.requireUser()
        let body = try await request.json(Claim.self, limit: platform.limits.requestBytes)
        return SiteBody(try await platform.claim(token: body.claimToken, for: user))
    }

    private func filesBody(of request: Request) async throws -> FilesBody {
        try await request.json(
            FilesBody.self, limit: platform.limits.filesBodyBytes, setting: "1.5 × CASTER_UPLOAD_BYTES")
    }
}

extension Request {
    /// The address of the client, as the edge saw it: nobody else reaches the socket. What came without an edge in
    /// between counts as one client.
    var clientAddress: ClientAddress {
        headers[.forwardedFor].flatMap(ClientAddress.init) ?? .loopback
    }
}
