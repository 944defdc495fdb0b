import CasterCore
import CasterDeploy
import Foundation
import Hummingbird

/// `sites/{identifier}/deployments`.
struct DeploymentsAPI: Sendable {
    let platform: Platform

    func list(_ request: Request, context: APIContext) async throws -> [DeploymentBody] {
        let site = try await platform.site(context.parameters.require("identifier"), of: context.requireUser())
        return try await platform.deployments(of: site).map { DeploymentBody($0) }
    }

    func get(_ request: Request, context: APIContext) async throws -> DeploymentBody {
        let site = try await platform.site(context.parameters.require("identifier"), of: context.requireUser())
        let (deployment, log) = try await platform.deployment(context.requireID(), of: site)
        return DeploymentBody(deployment, buildLog: log)
    }
}

/// A deployment as the seed prints it. Lists leave the log out: it is asked for one at a time.
struct DeploymentBody: ResponseEncodable {
    let deployment: Deployment
    var buildLog: String?

    init(_ deployment: Deployment, buildLog: String? = nil) {
        self.deployment = deployment
        self.buildLog = buildLog
    }

    enum CodingKeys: String, CodingKey {
        case id, status, source
        case environmentID = "environment_id"
        case commit = "commit_sha"
        case contentHash = "content_hash"
        case imageTag = "image_tag"
        case containerPort = "container_port"
        case buildLog = "build_log"
        case createdAt = "created_at"
        case finishedAt = "finished_at"
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(deployment.id, forKey: .id)
        try container.encode(deployment.environmentID, forKey: .environmentID)
        try container.encode(deployment.commit, forKey: .commit)
        try container.encode(deployment.tree, forKey: .contentHash)
        try container.encode(deployment.imageTag, forKey: .imageTag)
        try container.encode(deployment.containerPort, forKey: .containerPort)
        try container.encode(deployment.source.rawValue, forKey: .source)
        try container.encode(deployment.status.rawValue, forKey: .status)
        try container.encodeIfPresent(buildLog, forKey: .buildLog)
        try container.encode(deployment.createdAt, forKey: .createdAt)
        try container.encode(deployment.finishedAt, forKey: .finishedAt)
    }
}
