import CasterCore
import Foundation
import Synchronization
import Testing

@testable import CasterHTTP

/// Client IDs that are URLs, whatever is found there.
struct ClientMetadataDocumentsTests {
    private static let id = "https://client.example/oauth/client.json"

    private func documents(_ body: String, lifetime: Int = 600, count: Counter = Counter()) -> ClientMetadataDocuments {
        ClientMetadataDocuments { _ in
            count.value.withLock { $0 += 1 }
            return (Array(body.utf8), lifetime)
        }
    }

    private final class Counter: Sendable {
        let value = Mutex(0)
    }

    @Test func whatADocumentSays() async throws {
        let body =
            #"{"client_id": "\#(Self.id)", "client_name": "An app", "redirect_uris": ["https://client.example/cb"]}"#
        let count = Counter()
        let documents = documents(body, count: count)
        let start = ContinuousClock.now
        for _ in 0..<3 {
            let client = try await documents.client(Self.id, at: start)
            #expect(client.name == "An app")
            #expect(client.redirectURIs.map(\.text) == ["https://client.example/cb"])
        }
        #expect(count.value.withLock { $0 } == 1)
        _ = try await documents.client(Self.id, at: start + .seconds(601))
        #expect(count.value.withLock { $0 } == 2, "kept as long as it may be")
    }

    @Test func whatIsNoDescription() async {
        for (body, words) in [
            ("", "does not describe"), ("[]", "does not describe"),
            (#"{"client_id": "\#(Self.id)"}"#, "does not describe"),
            (#"{"client_id": "https://other.example/x", "redirect_uris": ["https://x.example/"]}"#, "another client"),
            (#"{"client_id": "\#(Self.id)", "redirect_uris": []}"#, "one to twenty"),
            (#"{"client_id": "\#(Self.id)", "redirect_uris": ["http://x.example/"]}"#, "cannot be a redirect URI"),
            (
                #"{"client_id": "\#(Self.id)", "redirect_uris": ["https://x.example/"], "token_endpoint_auth_method": "client_secret_post"}"#,
                "asks for a secret"
            ),
        ] {
            do {
                _ = try await documents(body).client(Self.id)
                Issue.record("accepted: \(body)")
            } catch {
                #expect("\(error)".contains(words), "\(body): \(error)")
            }
        }
        for id in [
            "https://a.example", "https://a.example/", "http://a.example/x", "https://a.example/x#y",
            "https://u@a.example/x",
            "https://a.example/../x", "https://a.example/./x", "https:///x", "https://a.example/\u{e9}",
            "https://a.example/" + String(repeating: "x", count: 1000),
        ] {
            await #expect(throws: Refusal.self, "\(id)") { _ = try await documents("{}").client(id) }
        }
    }
}
