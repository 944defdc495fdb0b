import CasterCore
import CasterStore
import Foundation
import Logging

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

    /// Whether anybody has an account yet.
    public func hasAccounts() async throws -> Bool { try await store.hasUsers() }

    /// Checks an account's password. Failures are counted for the account and for the client's address.
    ///
    /// Throws `Refusal.unauthenticated`, alike for an unknown address and a wrong password, and `.tooManyRequests`.
    public func logIn(email: String, password: String, from client: ClientAddress) async throws -> User {
        let wrong = Refusal.unauthenticated("the email or the password is wrong")
        // What no account can have takes the same way as what none has.
        let account = try? EmailAddress(email)
        let limits = [
            RateLimit(
                subject: "login to \(account?.text ?? "")", count: limits.loginFailuresPerAccount, window: 900),
            RateLimit(subject: "login from \(client.text)", count: limits.loginFailuresPerAddress, window: 900),
        ]
        // Counted as a failure until it is none: however many come at once, no more than these are tried.
        if let seconds = try await store.count(limits, at: .now) {
            throw Refusal.tooManyRequests("too many failed logins: try again later", retryAfter: seconds)
        }
        let found = if let account { try await store.user(email: account) } else { nil as (User, String)? }
        let candidate = try? Password(password)
        let hash = found?.1 ?? Self.nobodysHash
        let matches = try await BlockingThreads.password {
            (candidate ?? Self.nobodysPassword).matches(hash)
        }
        guard let found, candidate != nil, matches else { throw wrong }
        try await store.uncount(limits)
        return found.0
    }

    /// What a login to no account is compared with, so that it takes as long as any other.
    private static let nobodysPassword: Password = {
        guard let password = try? Password(Secret.randomHex(bytes: 32)) else { preconditionFailure("64 bytes fit") }
        return password
    }()
    private static let nobodysHash = nobodysPassword.hash()

    /// The owner of an API key. That it was used is recorded once a minute at most.
    ///
    /// Throws `Refusal.unauthenticated` if there is no such key.
    public func user(apiKey: String) async throws -> User {
        let hash = APIKeySecret.hash(of: apiKey)
        if let user = knownAPIKeys.user(hash: hash) { return user }
        let deletions = knownAPIKeys.deletions
        guard let found = try await store.user(apiKeyHash: hash) else {
            throw Refusal.unauthenticated("this API key is not valid: it was mistyped or deleted")
        }
        if found.lastUsedAt.map({ $0.timeIntervalSinceNow < -60 }) ?? true {
            try await store.touchAPIKey(found.keyID, at: .now)
        }
        knownAPIKeys.remember(found.user, keyID: found.keyID, hash: hash, deletions: deletions)
        return found.user
    }

    /// Adds an API key, whose plaintext is returned here and never again.
    ///
    /// Throws `Refusal.invalid` for a bad name.
    public func addAPIKey(name: String, to user: User) async throws -> (key: APIKey, plaintext: String) {
        try Self.check(keyName: name)
        let secret = APIKeySecret.random()
        let key = try await store.addAPIKey(
            secret, name: name, to: user, limit: limits.apiKeysPerUser, at: .now)
        return (key, secret.plaintext)
    }

    /// A page of the account's API keys, newest first.
    public func apiKeys(of user: User, page: Page = Page()) async throws -> [APIKey] {
        try await store.apiKeys(of: user, page: page)
    }

    /// Deletes an API key; it is refused from now on.
    ///
    /// Throws `Refusal.notFound` if the account has no such key.
    public func deleteAPIKey(_ id: Int64, of user: User) async throws {
        guard try await store.deleteAPIKey(id, of: user) else { throw Refusal.notFound("there is no such API key") }
        knownAPIKeys.forget(keyID: id)
    }

    /// The owner of the key with this fingerprint (`SHA256:…`), nil if nobody added it.
    public func user(signingWith fingerprint: String) async throws -> User? {
        try await store.user(sshFingerprint: fingerprint)?.user
    }

    /// The same for somebody who has signed, and asks for something. That the key was used is recorded once a minute at
    /// most.
    public func user(signedInWith fingerprint: String) async throws -> User? {
        guard let found = try await store.user(sshFingerprint: fingerprint) else { return nil }
        if found.lastUsedAt.map({ $0.timeIntervalSinceNow < -60 }) ?? true {
            do {
                try await store.touchSSHKey(fingerprint: fingerprint, at: .now)
            } catch {
                // A clone needs no room on the disk, and is not refused for this.
                logger.warning("that an SSH key was used cannot be recorded", metadata: ["error": "\(error)"])
            }
        }
        return found.user
    }

    /// Adds an SSH key. The name defaults to the key's comment.
    ///
    /// Throws `Refusal.invalid` with what is wrong with the key, `.conflict` if any account has it.
    public func addSSHKey(_ publicKey: String, name: String?, to user: User) async throws -> SSHKey {
        let key = try SSHPublicKey(publicKey)
        let name = name ?? key.comment ?? "SSH key"
        try Self.check(keyName: name)
        return try await store.addSSHKey(key, name: name, to: user, limit: limits.sshKeysPerUser, at: .now)
    }

    /// A page of the account's SSH keys, newest first.
    public func sshKeys(of user: User, page: Page = Page()) async throws -> [SSHKey] {
        try await store.sshKeys(of: user, page: page)
    }

    /// Deletes an SSH key. Connections that it opened can start nothing new.
    ///
    /// Throws `Refusal.notFound` if the account has no such key.
    public func deleteSSHKey(_ id: Int64, of user: User) async throws {
        guard try await store.deleteSSHKey(id, of: user) else { throw Refusal.notFound("there is no such SSH key") }
    }

    private static func check(keyName name: String) throws(Refusal) {
        guard (1...100).contains(name.count), !name.contains(where: \.isNewline) else {
            throw .invalid("name must be one line of 1 to 100 characters")
        }
    }
}
