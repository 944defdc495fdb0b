import CasterCore
import CasterStore
import Testing

struct RateEventsTests {
    private let limit = RateLimit(subject: "deploy from 203.0.113.7", count: 3, window: 100)

    @Test func aWindowSlides() async throws {
        let store = try await StoreFixture().store
        for second in [0, 10, 20] { #expect(try await store.count([limit], at: StoreFixture.time(second)) == nil) }
        #expect(try await store.count([limit], at: StoreFixture.time(21)) == 79)
        #expect(try await store.count([limit], at: StoreFixture.time(99)) == 1)
        // The first has left it; what was refused was not counted.
        #expect(try await store.count([limit], at: StoreFixture.time(100)) == nil)
        #expect(try await store.count([limit], at: StoreFixture.time(101)) == 9)
    }

    @Test func subjectsAreCountedApart() async throws {
        let store = try await StoreFixture().store
        for _ in 0..<3 { _ = try await store.count([limit], at: StoreFixture.time(0)) }
        let other = RateLimit(subject: "deploy from 203.0.113.8", count: 1, window: 100)
        #expect(try await store.count([other], at: StoreFixture.time(0)) == nil)
    }

    /// If one limit refuses, the other counts nothing.
    @Test func severalLimitsAreOne() async throws {
        let store = try await StoreFixture().store
        let account = RateLimit(subject: "account", count: 1, window: 50)
        let address = RateLimit(subject: "address", count: 2, window: 100)
        #expect(try await store.count([account, address], at: StoreFixture.time(0)) == nil)
        for _ in 0..<5 { #expect(try await store.count([account, address], at: StoreFixture.time(0)) == 50) }
        #expect(try await store.count([address], at: StoreFixture.time(0)) == nil)
        // The longer of the two.
        #expect(try await store.count([account, address], at: StoreFixture.time(10)) == 90)
    }

    @Test func whatIsTakenBackDidNotHappen() async throws {
        let store = try await StoreFixture().store
        for _ in 0..<10 {
            #expect(try await store.count([limit], at: StoreFixture.time(0)) == nil)
            try await store.uncount([limit])
        }
        for second in 0..<3 { _ = try await store.count([limit], at: StoreFixture.time(second)) }
        try await store.uncount([limit])
        #expect(try await store.count([limit], at: StoreFixture.time(4)) == nil)
        #expect(try await store.count([limit], at: StoreFixture.time(5)) == 95)
    }

    @Test func oldEventsAreForgotten() async throws {
        let store = try await StoreFixture().store
        for _ in 0..<3 { _ = try await store.count([limit], at: StoreFixture.time(0)) }
        try await store.forgetRateEvents(before: StoreFixture.time(0))
        #expect(try await store.count([limit], at: StoreFixture.time(1)) != nil)
        try await store.forgetRateEvents(before: StoreFixture.time(1))
        #expect(try await store.count([limit], at: StoreFixture.time(1)) == nil)
    }

    @Test func twoProcessesAtOnceNeverExceedTheLimit() async throws {
        let fixture = try await StoreFixture()
        let stores = [fixture.store, try fixture.another()]
        let allowed = try await withThrowingTaskGroup(of: Bool.self) { group in
            for number in 0..<30 {
                group.addTask { try await stores[number % 2].count([limit], at: StoreFixture.time(0)) == nil }
            }
            return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(allowed == 3)
    }
}
