import CasterCore
import CasterDeploy

/// Finds the program that a client ID stands for: one that registered itself, or one whose document is at that URL.
struct OAuthClients: Sendable {
    let platform: Platform
    private let documents: ClientMetadataDocuments

    init(platform: Platform) {
        self.platform = platform
        let web = PublicWeb(bytes: platform.limits.clientMetadataBytes)
        documents = ClientMetadataDocuments { try await web.get($0) }
    }

    /// Throws `Refusal.invalid` if there is none, with what is wrong with its document.
    func client(_ id: String) async throws -> OAuthClient {
        if id.hasPrefix("https://") { return try await documents.client(id) }
        guard id.utf8.count <= 200, let client = try await platform.registeredOAuthClient(id) else {
            throw Refusal.invalid("no program with this client_id has registered here: let it connect anew")
        }
        return client
    }
}
