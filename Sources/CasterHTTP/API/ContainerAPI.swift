import CasterCore
import CasterDeploy
import Hummingbird

/// `sites/{identifier}/container`.
struct ContainerAPI: Sendable {
    let platform: Platform

    func wake(_ request: Request, context: APIContext) async throws -> EditedResponse<EnvironmentBody> {
        try await Self.answer(platform.wakeContainer(of: site(context)))
    }

    func stop(_ request: Request, context: APIContext) async throws -> EditedResponse<EnvironmentBody> {
        try await Self.answer(platform.stopContainer(of: site(context)))
    }

    private func site(_ context: APIContext) async throws -> Site {
        try await platform.site(context.parameters.require("identifier"), of: context.requireUser())
    }

    private static func answer(
        _ result: (environment: SiteEnvironment, isDone: Bool)
    ) -> EditedResponse<EnvironmentBody> {
        EditedResponse(
            status: result.isDone ? .ok : .accepted, response: EnvironmentBody(result.environment))
    }
}
