import CasterCore
import Foundation
import Synchronization

/// The owners of the API keys that were used in the last seconds, so that a client's next request needs no look-up. A
/// key that is deleted in this process is forgotten at once; one that another process deletes, within 2 s.
final class KnownAPIKeys: Sendable {
    private struct Entry {
        let user: User
        let keyID: Int64
        let since: ContinuousClock.Instant
    }

    private static let lifetime = Duration.seconds(2)
    private static let capacity = 10_000

    private struct State {
        var entries: [[UInt8]: Entry] = [:]
        var deletions = 0
    }

    private let state = Mutex(State())

    func user(hash: [UInt8]) -> User? {
        state.withLock { state in
            guard let entry = state.entries[hash], .now - entry.since < Self.lifetime else { return nil }
            return entry.user
        }
    }

    /// How many keys were forgotten so far: to be asked before a look-up.
    var deletions: Int { state.withLock(\.deletions) }

    /// - Parameter deletions: as it was before the look-up; if a key was deleted since, it may have been this one, and
    ///   nothing is remembered.
    func remember(_ user: User, keyID: Int64, hash: [UInt8], deletions: Int) {
        state.withLock { state in
            guard state.deletions == deletions else { return }
            if state.entries.count >= Self.capacity { state.entries.removeAll() }
            state.entries[hash] = Entry(user: user, keyID: keyID, since: .now)
        }
    }

    /// Forgets all keys of an account.
    func forget(user: Int64) {
        state.withLock { state in
            state.deletions += 1
            state.entries = state.entries.filter { $0.value.user.id != user }
        }
    }

    func forget(keyID: Int64) {
        state.withLock { state in
            state.deletions += 1
            state.entries = state.entries.filter { $0.value.keyID != keyID }
        }
    }
}
