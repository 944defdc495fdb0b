import CasterCore
import CasterStore
import Testing

struct IdempotentAnswersTests {
    private let key = [UInt8](repeating: 1, count: 32)
    private let request = [UInt8](repeating: 2, count: 32)

    private func begin(
        _ store: Store, request: [UInt8]? = nil, at second: Int, patience: Int = 300
    ) async throws -> IdempotentStart {
        try await store.beginIdempotent(
            keyHash: key, requestHash: request ?? self.request, abandonedAt: StoreFixture.time(second - patience),
            at: StoreFixture.time(second))
    }

    @Test func theFirstAnswerIsKept() async throws {
        let store = try await StoreFixture().store
        guard case .new = try await begin(store, at: 0) else { return Issue.record("not new") }
        guard case .underWay = try await begin(store, at: 1) else { return Issue.record("not under way") }
        try await store.endIdempotent(keyHash: key, answer: [1, 2, 3])
        guard case .answered([1, 2, 3]) = try await begin(store, at: 2) else { return Issue.record("no answer") }
        let other = [UInt8](repeating: 3, count: 32)
        guard case .differs = try await begin(store, request: other, at: 3) else { return Issue.record("the same") }
    }

    @Test func whatFailedIsForgotten() async throws {
        let store = try await StoreFixture().store
        _ = try await begin(store, at: 0)
        try await store.endIdempotent(keyHash: key, answer: nil)
        guard case .new = try await begin(store, at: 1) else { return Issue.record("not new") }
    }

    @Test func whatACrashLeftUnansweredIsBegunAgain() async throws {
        let fixture = try await StoreFixture()
        _ = try await begin(fixture.store, at: 0)
        let next = try fixture.another()
        guard case .underWay = try await begin(next, at: 300) else { return Issue.record("given up too early") }
        guard case .new = try await begin(next, at: 301) else { return Issue.record("not begun again") }
        guard case .underWay = try await begin(next, at: 302) else { return Issue.record("begun twice") }
    }

    @Test func answersAreForgottenInTime() async throws {
        let store = try await StoreFixture().store
        _ = try await begin(store, at: 0)
        try await store.endIdempotent(keyHash: key, answer: [1])
        try await store.forgetAnswers(before: StoreFixture.time(0))
        guard case .answered = try await begin(store, at: 1) else { return Issue.record("no answer") }
        try await store.forgetAnswers(before: StoreFixture.time(1))
        guard case .new = try await begin(store, at: 2) else { return Issue.record("not new") }
    }

    @Test func oneOfManyAtOnceIsNew() async throws {
        let fixture = try await StoreFixture()
        let stores = [fixture.store, try fixture.another()]
        let new = try await withThrowingTaskGroup(of: Bool.self) { group in
            for number in 0..<20 {
                group.addTask {
                    if case .new = try await begin(stores[number % 2], at: 0) { return true }
                    return false
                }
            }
            return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(new == 1)
    }
}
