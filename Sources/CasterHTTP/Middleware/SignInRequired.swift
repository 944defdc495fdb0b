import Hummingbird

/// Sends whoever is not signed in to the page where one does, and from there back.
struct SignInRequired: RouterMiddleware {
    func handle(
        _ request: Request, context: APIContext, next: (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        if context.user != nil { return try await next(request, context) }
        let here = request.method == .get ? NextPath(request.uri.string) : nil
        return .redirect(to: (here ?? .start).link("/sign-in"), type: .normal)
    }
}
