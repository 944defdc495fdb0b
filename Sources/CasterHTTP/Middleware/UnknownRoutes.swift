import HTTPTypes
import Hummingbird

/// Answers what no route does: 405 with the methods of the path (RFC 9110 §15.5.6), 404 where there is no such path.
///
/// It is added to the router after every route, so that only such requests reach it.
struct UnknownRoutes: RouterMiddleware {
    private let paths: [(path: [RouterPath.Element], allow: String)]

    /// - Parameter routes: every route of the router. Where there is a GET, the router answers HEAD too.
    init(_ routes: [Router<APIContext>.RouteDescription]) {
        let methods = Dictionary(grouping: routes, by: \.path.description)
        paths = methods.values.map { routes in
            var names = Set(routes.map(\.method.rawValue))
            if names.contains("GET") { names.insert("HEAD") }
            return (Array(routes[0].path), names.sorted().joined(separator: ", "))
        }
    }

    func handle(
        _ request: Request, context: APIContext, next: (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        guard let allow = allow(at: request.uri.path) else { throw RequestProblem.notFound(request) }
        throw RequestProblem.method(request, allow: allow)
    }

    /// The methods of a path, as the `Allow` header lists them; nil if no route has it.
    private func allow(at path: String) -> String? {
        let parts = path.split(separator: "/")
        return paths.first { path, _ in
            path.count == parts.count && zip(path, parts).allSatisfy { element, part in element ~= part }
        }?.allow
    }
}
