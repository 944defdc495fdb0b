import CasterCore
import Synchronization

/// The pushes under way. A hook proves by a token which of them it belongs to.
final class Pushes: Sendable {
    private let underWay = Mutex<[String: Push]>([:])

    /// A new token: 256 random bits in hex. It is good for one hook, until the push ends.
    func begin(_ push: Push) -> String {
        let token = Secret.randomHex(bytes: 32)
        underWay.withLock { $0[token] = push }
        return token
    }

    /// False if a hook has redeemed the token.
    @discardableResult
    func end(_ token: String) -> Bool {
        underWay.withLock { $0.removeValue(forKey: token) != nil }
    }

    /// The push that the token belongs to. Nil for any other text, and for a token that was redeemed before.
    func redeem(_ token: String) -> Push? {
        underWay.withLock { $0.removeValue(forKey: token) }
    }
}

/// Who pushes to what.
struct Push: Sendable {
    let site: Site
    let user: User
    /// When git was started for it.
    let start: ContinuousClock.Instant
}
