import CasterCore
import CasterStore
import Testing

struct IdempotentAnswersTests {
    private let key = [UInt8](repeating: 1, count: 32)
    private let request = [UInt8](repeating: 2, count: 32)

    private func begin(
        _ store: Store, request: [UInt8]? = nil, at second: Int, patience: Int = 300
    ) async throws -> String {
        let start = try await store.beginIdempotent(
            keyHash: key, requestHash: request ?? self.request, abandonedAt: StoreFixture.time(second - patience),
            at: StoreFixture.time(second))
        return switch start {
        case .new: "new"
        case .answered(let answer): "answered \(answer)"
        case .underWay: "under way"
        case .lost: "lost"
        case .differs: "differs"
        }
    }

    @Test func theFirstAnswerIsKept() async throws {
        let store = try await StoreFixture().store
        #expect(try await begin(store, at: 0) == "new")
        #expect(try await begin(store, at: 1) == "under way")
        try await store.endIdempotent(keyHash: key, answer: [1, 2, 3])
        #expect(try await begin(store, at: 2) == "answered [1, 2, 3]")
        let other = [UInt8](repeating: 3, count: 32)
        #expect(try await begin(store, request: other, at: 3) == "differs")
    }

    @Test func whatFailedIsForgotten() async throws {
        let store = try await StoreFixture().store
        _ = try await begin(store, at: 0)
        try await store.endIdempotent(keyHash: key, answer: nil)
        #expect(try await begin(store, at: 1) == "new")
    }

    /// Between the effect and the answer the process dies: a retry must not have the effect again.
    @Test func whatTookEffectIsNotBegunAgain() async throws {
        let fixture = try await StoreFixture()
        let store = fixture.store
        _ = try await begin(store, at: 0)
        try await Store.$idempotencyKey.withValue(key) {
            _ = try await fixture.site()
        }
        #expect(try await begin(store, at: 2) == "under way")
        #expect(try await begin(store, at: 400) == "lost")
        try await store.forgetUnanswered()
        #expect(try await begin(store, at: 3) == "lost")
    }

    @Test func whatACrashLeftUnansweredIsBegunAgain() async throws {
        let fixture = try await StoreFixture()
        _ = try await begin(fixture.store, at: 0)
        let next = try fixture.another()
        #expect(try await begin(next, at: 300) == "under way")
        #expect(try await begin(next, at: 301) == "new")
        #expect(try await begin(next, at: 302) == "under way")
    }

    @Test func aNewProcessBeginsAtOnceWhatTheLastOneLeft() async throws {
        let store = try await StoreFixture().store
        _ = try await begin(store, at: 0)
        try await store.forgetUnanswered()
        #expect(try await begin(store, at: 1) == "new")
        try await store.endIdempotent(keyHash: key, answer: [1])
        try await store.forgetUnanswered()
        #expect(try await begin(store, at: 2) == "answered [1]")
    }

    @Test func answersAreForgottenInTime() async throws {
        let store = try await StoreFixture().store
        _ = try await begin(store, at: 0)
        try await store.endIdempotent(keyHash: key, answer: [1])
        try await store.forgetAnswers(before: StoreFixture.time(0))
        #expect(try await begin(store, at: 1) == "answered [1]")
        try await store.forgetAnswers(before: StoreFixture.time(1))
        #expect(try await begin(store, at: 2) == "new")
    }

    @Test func oneOfManyAtOnceIsNew() async throws {
        let fixture = try await StoreFixture()
        let stores = [fixture.store, try fixture.another()]
        let new = try await withThrowingTaskGroup(of: Bool.self) { group in
            for number in 0..<20 {
                group.addTask { try await begin(stores[number % 2], at: 0) == "new" }
            }
            return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(new == 1)
    }
}
