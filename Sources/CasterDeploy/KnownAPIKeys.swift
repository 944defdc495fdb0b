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

    private let entries = Mutex<[[UInt8]: Entry]>([:])

    func user(hash: [UInt8]) -> User? {
        entries.withLock { entries in
            guard let entry = entries[hash], .now - entry.since < Self.lifetime else { return nil }
            return entry.user
        }
    }

    func remember(_ user: User, keyID: Int64, hash: [UInt8]) {
        entries.withLock { entries in
            if entries.count >= Self.capacity { entries.removeAll() }
            entries[hash] = Entry(user: user, keyID: keyID, since: .now)
        }
    }

    func forget(keyID: Int64) {
        entries.withLock { entries in entries = entries.filter { $0.value.keyID != keyID } }
    }
}
