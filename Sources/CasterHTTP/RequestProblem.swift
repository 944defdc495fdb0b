import CasterCore
import HTTPTypes
import Hummingbird

/// What is wrong with a request as HTTP, before any use case was asked.
struct RequestProblem: Error {
    let status: HTTPResponse.Status
    /// One sentence for a person.
    let sentence: String
    /// Headers of the answer.
    let headers: HTTPFields

    static func notFound(_ request: Request) -> Self {
        Self(
            status: .notFound, sentence: "there is nothing at \(String(request.uri.path.prefix(200)).quoted)",
            headers: [:])
    }

    /// A form that another site sent, or that was opened before somebody signed in or out in the same browser.
    static let foreignForm = Self(
        status: .forbidden,
        sentence: "this form was not sent by a page of this site, or is too old: reload it, and try again",
        headers: [:])

    /// - Parameter allow: the methods that the path has, as the header lists them.
    static func method(_ request: Request, allow: String) -> Self {
        Self(
            status: .methodNotAllowed, sentence: "\(request.method) is not possible here: use \(allow)",
            headers: [.allow: allow])
    }

    /// - Parameter mediaType: the one media type that the route takes.
    static func mediaType(_ request: Request, mediaType: String) -> Self {
        Self(
            status: .unsupportedMediaType, sentence: "the body must be sent as Content-Type: \(mediaType)",
            headers: [.accept: mediaType])
    }
}
