import CasterCore
import Foundation
import Hummingbird

/// What belongs to one request.
struct APIContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// Set by `APIKeyAuthentication`, and by `Browsers` where somebody is signed in.
    var user: User?
    /// Set by `Browsers`.
    var browser: Browser?

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
    }

    var responseEncoder: JSONEncoder {
        let encoder = JSONEncoder()
        // Sorted, so that the same answer is the same bytes.
        encoder.outputFormatting = [.withoutEscapingSlashes, .sortedKeys]
        encoder.dateEncodingStrategy = .iso8601
        return encoder
    }

    /// Whoever presented the API key. Throws `Refusal.unauthenticated` on a route without authentication.
    func requireUser() throws(Refusal) -> User {
        guard let user else { throw .unauthenticated("this needs an API key: Authorization: Bearer YOUR_API_KEY") }
        return user
    }

    /// A number in the path. Throws `Refusal.notFound` for anything else.
    func requireID() throws(Refusal) -> Int64 {
        guard let id = parameters.get("id", as: Int64.self) else { throw .notFound("there is nothing with this id") }
        return id
    }
}
