import CasterCore
import CasterStore
import Testing

struct QueueTests {
    private let now = StoreFixture.time(1000)

    @Test func theNewestWinsAndTheOlderGiveWay() async throws {
        let fixture = try await StoreFixture()
        let site = try await fixture.site()
        var waiting: [Deployment] = []
        for number in 1...3 { waiting.append(try await fixture.accept(number, of: site)) }

        let claim = try #require(try await fixture.store.claim(at: now))

        #expect(claim.deployment.id == waiting[2].id)
        #expect(claim.deployment.status == .building)
        #expect(claim.superseded.sorted() == [waiting[0].id, waiting[1].id])
        for older in waiting.dropLast() {
            let deployment = try #require(try await fixture.store.deployment(older.id))
            #expect(deployment.status == .superseded)
            #expect(deployment.supersededBy == waiting[2].id)
            #expect(deployment.finishedAt == now)
        }
        #expect(try await fixture.store.claim(at: now) == nil)
    }

    @Test func oneIsInProgressPerEnvironment() async throws {
        let fixture = try await StoreFixture()
        let site = try await fixture.site()
        try await fixture.accept(1, of: site)
        let first = try #require(try await fixture.store.claim(at: now)).deployment
        let second = try await fixture.accept(2, of: site)
        for status in [DeploymentStatus.built, .deploying] {
            #expect(try await fixture.store.claim(at: now) == nil)
            _ = try await fixture.store.move(first.id, through: [status], at: now)
        }
        #expect(try await fixture.store.claim(at: now) == nil)
        _ = try await fixture.store.move(first.id, through: [.live], at: now)
        #expect(try await fixture.store.claim(at: now)?.deployment.id == second.id)
    }

    @Test func aFailureMakesRoomForTheNext() async throws {
        let fixture = try await StoreFixture()
        let site = try await fixture.site()
        try await fixture.accept(1, of: site)
        let first = try #require(try await fixture.store.claim(at: now)).deployment
        let second = try await fixture.accept(2, of: site)
        _ = try await fixture.store.move(first.id, through: [.failed], at: now)
        #expect(try await fixture.store.claim(at: now)?.deployment.id == second.id)
    }

    @Test func whoHasWaitedLongestIsFirst() async throws {
        let fixture = try await StoreFixture()
        let (early, late) = (try await fixture.site(), try await fixture.site())
        try await fixture.accept(1, of: early)
        try await fixture.accept(2, of: late)
        // A newer deployment does not lose the place in the queue.
        let newer = try await fixture.accept(3, of: early)
        #expect(try await fixture.store.claim(at: now)?.deployment.id == newer.id)
        #expect(try await fixture.store.claim(at: now)?.deployment.siteID == late.id)
    }

    /// Many workers, in two processes: nobody gets what somebody else has.
    @Test func noTwoClaimsAreOfOneEnvironment() async throws {
        let fixture = try await StoreFixture()
        let stores = [fixture.store, try fixture.another()]
        var waiting: Set<Int64> = []
        for number in 1...20 { waiting.insert(try await fixture.accept(number, of: fixture.site()).id) }
        let claimed = try await withThrowingTaskGroup(of: Int64?.self) { group in
            for number in 0..<40 {
                group.addTask { try await stores[number % 2].claim(at: StoreFixture.time(1000))?.deployment.id }
            }
            return try await group.reduce(into: []) { $0.append($1) }.compactMap { $0 }
        }
        #expect(claimed.count == 20)
        #expect(Set(claimed) == waiting)
    }

    @Test func whatACrashLeftIsFound() async throws {
        let fixture = try await StoreFixture()
        var expected: [Int64] = []
        for (number, status) in [DeploymentStatus.building, .built, .deploying, .live, .failed].enumerated() {
            let deployment = try await fixture.accept(number, of: fixture.site())
            let way: [DeploymentStatus] = [.building, .built, .deploying, .live]
            let steps = way.firstIndex(of: status).map { Array(way[...$0]) } ?? [.building, .failed]
            _ = try await fixture.store.move(deployment.id, through: steps, at: now)
            if status.isInProgress { expected.append(deployment.id) }
        }
        try await fixture.accept(9, of: fixture.site())
        #expect(try await fixture.store.deploymentsInProgress().map(\.id) == expected)
    }

    @Test func severalProcessesMayOpenANewStoreAtOnce() async throws {
        for _ in 1...5 {
            let path = "/tmp/caster-store-\(UInt64.random(in: .min ... .max))"
            defer { removeStore(path) }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 1...8 { group.addTask { _ = try Store(path: path) } }
                try await group.waitForAll()
            }
        }
    }
}
