import Hummingbird

/// Sends whoever is not signed in to the page where one does, and from there back.
struct SignInRequired: RouterMiddleware {
    func handle(
        _ request: Request, context: APIContext, next: (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        context.user == nil ? Self.redirect(request) : try await next(request, context)
    }

    static func redirect(_ request: Request) -> Response {
        let here = request.method == .get ? NextPath(request.uri.string) : nil
        return .redirect(to: (here ?? .start).link("/sign-in"), type: .normal)
    }
}
