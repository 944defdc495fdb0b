import CasterCore
import CasterDeploy
import Foundation
import Glibc
import Hummingbird
import Logging
import NIOFileSystem

/// The one place where an error becomes an HTTP answer: a status and `{"error": "…"}`, or a page of the console for who
/// asked for one.
struct ErrorResponses: RouterMiddleware {
    func handle(
        _ request: Request, context: APIContext, next: (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let refusal as Refusal {
            var response = try Self.response(
                refusal.kind.status, refusal.sentence, request: request, context: context)
            if case .tooManyRequests(let seconds) = refusal.kind { response.headers[.retryAfter] = String(seconds) }
            return response
        } catch let problem as RequestProblem {
            var response = try Self.response(problem.status, problem.sentence, request: request, context: context)
            // In place of what the status alone brings along.
            for field in problem.headers { response.headers[field.name] = field.value }
            return response
        } catch let error as any HTTPResponseError where error.status.code < 500 {
            let sentence =
                error.status == .notFound
                ? RequestProblem.notFound(request).sentence : error.status.reasonPhrase.lowercased()
            return try Self.response(error.status, sentence, request: request, context: context)
        } catch  where Platform.isDiskFull(error) || (error as? FileSystemError)?.isDiskFull == true {
            context.logger.error(
                "a request failed because the disk is full: make room", metadata: ["error": "\(error)"])
            return try Self.response(
                .internalServerError,
                "the server's disk is full: nothing was stored; try again when the operator has made room (request "
                    + "\(context.id))", request: request, context: context)
        } catch {
            context.logger.error(
                "a request failed for a reason inside the platform",
                metadata: ["path": "\(request.uri.path)", "error": "\(error)"])
            return try Self.response(
                .internalServerError, "something went wrong here, not with you (request \(context.id))",
                request: request, context: context)
        }
    }

    private static func response(
        _ status: HTTPResponse.Status, _ sentence: String, request: Request, context: APIContext
    ) throws -> Response {
        if wantsPage(request) {
            return ConsolePage(status.reasonPhrase, for: context, content: Problem(sentence: sentence))
                .response("problem", status: status)
        }
        var response = try context.responseEncoder.encode(
            ["error": sentence], from: request, context: context)
        response.status = status
        if status == .unauthorized { response.headers[.wwwAuthenticate] = "Bearer" }
        return request.method == .head ? response.createHeadResponse() : response
    }

    private struct Problem {
        let sentence: String
    }

    /// Whether somebody looks at the answer in a browser: the API answers JSON to everybody.
    private static func wantsPage(_ request: Request) -> Bool {
        request.method != .head && !request.uri.path.hasPrefix("/api/")
            && request.headers[.accept]?.contains("text/html") == true
    }
}

extension Refusal.Kind {
    var status: HTTPResponse.Status {
        switch self {
        case .invalid: .badRequest
        case .unauthenticated: .unauthorized
        case .notFound: .notFound
        case .conflict: .conflict
        case .tooLarge: .contentTooLarge
        case .gone: .gone
        case .tooManyRequests: .tooManyRequests
        case .unavailable: .serviceUnavailable
        }
    }
}

extension FileSystemError {
    fileprivate var isDiskFull: Bool {
        guard let call = cause as? FileSystemError.SystemCallError else { return false }
        return call.errno == .noSpace || call.errno.rawValue == EDQUOT
    }
}
