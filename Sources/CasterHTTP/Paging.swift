import CasterCore
import HTTPTypes
import Hummingbird

/// Lists as the API returns them: a bare array, newest first, of at most `limit` items after `cursor`; where there are
/// more, a `Link` header names the next page (RFC 8288).
struct Paging {
    let page: Page

    static let standardLimit = 100
    static let greatestLimit = 1000

    /// Reads `limit` and `cursor` from the query. Throws `Refusal.invalid` for what is no such number.
    init(_ request: Request) throws(Refusal) {
        var limit = Self.standardLimit
        if let text = request.uri.queryParameters["limit"] {
            guard let number = Int(text), (1...Self.greatestLimit).contains(number) else {
                throw .invalid("limit must be a whole number from 1 to \(Self.greatestLimit)")
            }
            limit = number
        }
        var before = Int64.max
        if let text = request.uri.queryParameters["cursor"] {
            guard let number = Int64(text), number > 0 else {
                throw .invalid("cursor must be taken from the Link header of the page before")
            }
            before = number
        }
        page = Page(limit: limit + 1, before: before)  // one more tells whether there is a next page
    }

    /// A page that would be larger than this ends early, and the next one begins there. Build logs are megabytes.
    static let pageBytes = 16 << 20

    /// - Parameters:
    ///   - id: the ID by which the list is ordered.
    ///   - size: about how many bytes a body has, where it can have many.
    func response<Item, Body: ResponseEncodable>(
        _ items: [Item], id: (Item) -> Int64, size: (Body) -> Int = { _ in 0 }, request: Request, context: APIContext,
        body: (Item) async throws -> Body
    ) async throws -> Response {
        let limit = page.limit - 1
        var bodies: [Body] = []
        var bytes = 0
        for item in items.prefix(limit) {
            let body = try await body(item)
            bytes += size(body)
            if bytes > Self.pageBytes, !bodies.isEmpty { break }
            bodies.append(body)
        }
        var response = try context.responseEncoder.encode(bodies, from: request, context: context)
        if items.count > bodies.count, !bodies.isEmpty {
            let last = id(items[bodies.count - 1])
            response.headers[.link] = "<\(request.uri.path)?limit=\(limit)&cursor=\(last)>; rel=\"next\""
        }
        return response
    }
}

extension HTTPField.Name {
    static let link = Self("Link")!
    static let forwardedFor = Self("X-Forwarded-For")!
    /// Tells nginx to pass on every byte at once.
    static let accelBuffering = Self("X-Accel-Buffering")!
    static let lastEventID = Self("Last-Event-ID")!
}
