import CasterCore
import CasterStore
import Foundation

extension Platform {
    /// Creates an account and its first API key, whose plaintext is returned here and never again.
    ///
    /// Throws `Refusal.invalid` for a bad address or password, `.conflict` if the address has an account.
    public func register(email: String, password: String) async throws -> (user: User, apiKey: String) {
        let email = try EmailAddress(email)
        let password = try Password(password)
        let hash = try await BlockingThreads.password { password.hash() }
        let key = APIKeySecret.random()
        let user = try await store.createUser(
            email: email, passwordHash: hash, keyName: "Created at registration", key: key, at: .now)
        return (user, key.plaintext)
    }

    /// The owner of an API key.
    ///
    /// Throws `Refusal.unauthenticated` if there is no such key.
    public func user(apiKey: String) async throws -> User {
        guard let user = try await store.user(apiKeyHash: APIKeySecret.hash(of: apiKey)) else {
            throw Refusal.unauthenticated("this API key is not valid: it was mistyped or deleted")
        }
        return user
    }

    /// The owner of the key with this fingerprint (`SHA256:…`), nil if nobody added it.
    public func user(signingWith fingerprint: String) async throws -> User? {
        try await store.user(sshFingerprint: fingerprint)
    }

    /// Adds an SSH key. The name defaults to the key's comment.
    ///
    /// Throws `Refusal.invalid` with what is wrong with the key, `.conflict` if any account has it.
    public func addSSHKey(_ publicKey: String, name: String?, to user: User) async throws -> SSHKey {
        let key = try SSHPublicKey(publicKey)
        let name = name ?? key.comment ?? "SSH key"
        guard (1...100).contains(name.count), !name.contains(where: \.isNewline) else {
            throw Refusal.invalid("name must be one line of 1 to 100 characters")
        }
        return try await store.addSSHKey(key, name: name, to: user, limit: limits.sshKeysPerUser, at: .now)
    }

    /// The account's SSH keys, newest first.
    public func sshKeys(of user: User) async throws -> [SSHKey] {
        try await store.sshKeys(of: user)
    }

    /// Deletes an SSH key. Connections that it opened can start nothing new.
    ///
    /// Throws `Refusal.notFound` if the account has no such key.
    public func deleteSSHKey(_ id: Int64, of user: User) async throws {
        guard try await store.deleteSSHKey(id, of: user) else { throw Refusal.notFound("there is no such SSH key") }
    }
}
