import CasterCore
import CasterStore
import Foundation

extension Platform {
    /// Lets clients repeat at once what an earlier process of the same role began and did not live to answer.
    public func forgetUnansweredRequests() async throws { try await store.forgetUnanswered() }

    /// Carries a request out once, however often it is made: another with the same key and content gets the first
    /// one's answer, for a day. Answers are kept sealed with a key made of the client's, so that a secret in one is as
    /// safe in the store as any other.
    ///
    /// - Parameters:
    ///   - key: the client's, 1 to 255 characters.
    ///   - owner: whose key it is; another owner's is another key.
    ///   - request: SHA-256 of what was asked.
    ///   - body: carries it out; answers nil if it failed, and may be tried again.
    /// - Returns: the answer, and whether it is an earlier one's.
    ///
    /// Throws `Refusal.conflict` if the key was used for another request, the same is under way, or its answer is lost.
    public func once(
        key: String, owner: String, request: [UInt8], _ body: () async throws -> [UInt8]?
    ) async throws -> (answer: [UInt8]?, isReplay: Bool) {
        guard (1...255).contains(key.utf8.count), key.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else {
            throw Refusal.invalid("Idempotency-Key must be 1 to 255 visible ASCII characters")
        }
        let keyHash = Secret.sha256(Array("name\n\(owner)\n\(key)".utf8))
        let sealingKey = Secret.sha256(Array("seal\n\(owner)\n\(key)".utf8))
        let start = try await store.beginIdempotent(
            keyHash: keyHash, requestHash: request, abandonedAt: .now.addingTimeInterval(-300), at: .now)
        switch start {
        case .answered(let sealed):
            guard let answer = Secret.open(sealed, key: sealingKey) else {
                throw Refusal.conflict("this Idempotency-Key cannot be used any more: choose another")
            }
            return (answer, true)
        case .underWay:
            throw Refusal.conflict("a request with this Idempotency-Key is under way: wait for its answer")
        case .lost:
            throw Refusal.conflict(
                "the first request with this Idempotency-Key took effect, but its answer was lost in a restart of the "
                    + "server: look at what it made, and choose another key for another request")
        case .differs:
            throw Refusal.conflict("this Idempotency-Key was used for another request: choose another")
        case .new:
            let answer: [UInt8]?
            do {
                answer = try await Store.$idempotencyKey.withValue(keyHash) { try await body() }
            } catch {
                try await store.endIdempotent(keyHash: keyHash, answer: nil)
                throw error
            }
            try await store.endIdempotent(keyHash: keyHash, answer: answer.map { Secret.seal($0, key: sealingKey) })
            return (answer, false)
        }
    }
}
