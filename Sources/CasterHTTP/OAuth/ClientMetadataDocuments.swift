import CasterCore
import CasterDeploy
import Foundation
import Synchronization

/// Programs that are described by a document at their client ID, which is a URL
/// (draft-ietf-oauth-client-id-metadata-document-00). What was fetched is kept for a while, and no more than so many.
final class ClientMetadataDocuments: Sendable {
    /// Fetches a document: the bytes, and for how many seconds they may be kept.
    typealias Fetch = @Sendable (URL) async throws -> (body: [UInt8], lifetime: Int)

    private struct Entry {
        let client: OAuthClient
        let end: ContinuousClock.Instant
    }

    private static let capacity = 1000
    private let fetch: Fetch
    private let known = Mutex<[String: Entry]>([:])

    init(fetch: @escaping Fetch) { self.fetch = fetch }

    private struct Document: Decodable {
        let id: String
        let name: String?
        let redirectURIs: [String]
        let authMethod: String?

        enum CodingKeys: String, CodingKey {
            case id = "client_id"
            case name = "client_name"
            case redirectURIs = "redirect_uris"
            case authMethod = "token_endpoint_auth_method"
        }
    }

    /// Throws `Refusal.invalid` for a URL that is no client ID, and a document that is missing or does not fit it.
    func client(_ id: String, at now: ContinuousClock.Instant = .now) async throws -> OAuthClient {
        let url = try Self.url(id)
        if let entry = known.withLock({ $0[id] }), entry.end > now { return entry.client }
        let (body, lifetime) = try await fetch(url)
        let document: Document
        do {
            document = try JSONDecoder().decode(Document.self, from: Data(body))
        } catch is DecodingError {
            throw Refusal.invalid(
                "the document at \(id.quoted) does not describe a client: it needs client_id, redirect_uris")
        }
        guard document.id == id else {
            throw Refusal.invalid("the document at \(id.quoted) describes another client: \(document.id.quoted)")
        }
        guard (1...20).contains(document.redirectURIs.count) else {
            throw Refusal.invalid("the document at \(id.quoted) must have one to twenty redirect_uris")
        }
        if let method = document.authMethod, method.hasPrefix("client_secret") {
            throw Refusal.invalid("the document at \(id.quoted) asks for a secret, which a public document cannot have")
        }
        let client = OAuthClient(
            id: id, name: OAuthClient.displayName(document.name ?? url.host ?? ""),
            redirectURIs: try document.redirectURIs.map { try RedirectURI($0) })
        known.withLock { known in
            if known.count >= Self.capacity { known.removeAll() }
            known[id] = Entry(client: client, end: now + .seconds(min(max(lifetime, 60), 86_400)))
        }
        return client
    }

    /// §3 of the draft: https, with a path, without a fragment, a user, or dot segments.
    private static func url(_ id: String) throws(Refusal) -> URL {
        guard id.utf8.count <= 1000, id.utf8.allSatisfy({ (0x21...0x7e).contains($0) }),
            let parts = URLComponents(string: id), parts.scheme == "https", let host = parts.host, !host.isEmpty,
            parts.user == nil, parts.password == nil, parts.fragment == nil, parts.path.count > 1,
            !parts.path.split(separator: "/").contains(where: { $0 == "." || $0 == ".." }), let url = parts.url
        else { throw .invalid("\(id.quoted) cannot be a client_id: it must be an https URL with a path") }
        return url
    }
}
