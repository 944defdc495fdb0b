import CasterCore
import CasterStore
import Testing

struct ReleasesTests {
    private func obsolete(
        _ store: Store, keep: Int, notLiveSince seconds: Int = 1000
    ) async throws -> [Int64] {
        try await store.obsoleteReleases(keep: keep, notLiveSince: StoreFixture.time(seconds)).map(\.id)
    }

    @Test func theNewestAreKept() async throws {
        let fixture = try await StoreFixture()
        let site = try await fixture.site()
        var ids: [Int64] = []
        for number in 1...5 { ids.append(try await fixture.deploy(number, of: site).id) }
        #expect(try await obsolete(fixture.store, keep: 2) == Array(ids.prefix(3)))
        #expect(try await obsolete(fixture.store, keep: 5) == [])
        #expect(try await fixture.store.forgetRelease(ids[0]))
        #expect(try await obsolete(fixture.store, keep: 2) == [ids[1], ids[2]])
    }

    @Test func whatWasLiveLatelyStays() async throws {
        let fixture = try await StoreFixture()
        let site = try await fixture.site()
        var ids: [Int64] = []
        for number in 1...4 { ids.append(try await fixture.deploy(number * 100, of: site).id) }
        // The second ceased to be live at 300.
        #expect(try await obsolete(fixture.store, keep: 1, notLiveSince: 300) == [ids[0]])
        #expect(try await obsolete(fixture.store, keep: 1, notLiveSince: 301) == [ids[0], ids[1]])
    }

    @Test func theLiveOneIsNeverObsolete() async throws {
        let fixture = try await StoreFixture()
        let site = try await fixture.site()
        let live = try await fixture.deploy(1, of: site)
        for number in 2...4 {
            let failed = try await fixture.accept(number, of: site)
            _ = try await fixture.store.move(
                failed.id, through: [.building, .built, .failed], at: StoreFixture.time(number))
        }
        #expect(try await !obsolete(fixture.store, keep: 1).contains(live.id))
    }

    /// Releases are counted, not deployments: five that show the same files push no older release out.
    @Test func deploymentsOfTheSameFilesCountOnce() async throws {
        let fixture = try await StoreFixture()
        let site = try await fixture.site()
        let first = try await fixture.deploy(1, of: site)
        let second = try await fixture.deploy(2, of: site)
        for number in 3...7 {
            #expect(try await fixture.accept(number, of: site, tree: 2).releaseID == second.id)
        }
        #expect(try await obsolete(fixture.store, keep: 2) == [])
        try await fixture.deploy(8, of: site)
        #expect(try await obsolete(fixture.store, keep: 2) == [first.id])
        #expect(try await obsolete(fixture.store, keep: 1) == [first.id, second.id])
    }

    @Test func aReleaseThatALaterDeploymentShowsIsNotObsolete() async throws {
        let fixture = try await StoreFixture()
        let site = try await fixture.site()
        let first = try await fixture.deploy(1, of: site)
        for number in 2...4 { _ = try await fixture.accept(number, of: site, tree: 1) }
        #expect(try await fixture.store.liveDeployment(of: site)?.releaseID == first.id)
        #expect(try await obsolete(fixture.store, keep: 1) == [])
        #expect(try await !fixture.store.forgetRelease(first.id))
        #expect(try await fixture.store.liveDeployment(of: site)?.releaseID == first.id)
    }
}
