import CasterCore
import CasterStore
import Foundation
import Logging

extension Platform {
    /// Gives an account another password, and signs out its other browsers. API keys and SSH keys stay.
    ///
    /// - Parameters:
    ///   - current: the password that it has.
    ///   - client: where the request comes from; wrong passwords are counted as failed logins are.
    ///   - session: the one browser that stays signed in.
    ///
    /// Throws `Refusal.unauthenticated` if `current` is wrong, `.invalid` if `new` is none, and `.tooManyRequests`.
    public func changePassword(
        of user: User, from current: String, to new: String, client: ClientAddress, keepingSession session: Int64? = nil
    ) async throws {
        let password = try Password(new)
        try await checkPassword(current, of: user, client: client)
        let hash = try await BlockingThreads.password { password.hash() }
        try await store.setPassword(hash: hash, of: user, keepingSession: session)
    }

    /// Deletes an account: its sites, keys and sessions. On return no visitor gets any of its sites, and its address may
    /// register again. What a crash interrupts leaves the account there, with the sites that are left.
    ///
    /// Throws `Refusal.unauthenticated` if the password is wrong, and `.tooManyRequests`.
    public func deleteAccount(of user: User, password: String, client: ClientAddress) async throws {
        try await checkPassword(password, of: user, client: client)
        repeat {
            for site in try await store.sites(of: user, page: Page(limit: 100)) {
                do {
                    try await delete(site)
                } catch let refusal as Refusal where refusal.kind == .notFound {
                    // Somebody else deleted it at the same moment.
                }
            }
        } while try await !store.deleteUser(user)
        knownAPIKeys.forget(user: user.id)
        logger.info("account deleted", metadata: ["user": "\(user.id)"])
    }

    /// Throws `Refusal.unauthenticated` for a wrong password, `.tooManyRequests` beyond so many.
    private func checkPassword(_ password: String, of user: User, client: ClientAddress) async throws {
        do {
            _ = try await logIn(email: user.email, password: password, from: client)
        } catch let refusal as Refusal where refusal.kind == .unauthenticated {
            throw Refusal.unauthenticated("the current password is wrong")
        }
    }
}
