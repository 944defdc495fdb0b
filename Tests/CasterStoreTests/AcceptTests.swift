import CasterCore
import CasterStore
import Foundation
import Testing

struct AcceptTests {
    @Test func aDeploymentIsRecordedAsTheSeedHasIt() async throws {
        let fixture = try await StoreFixture()
        let site = try await fixture.site()
        let deployment = try await fixture.accept(0xabc, of: site, tip: 0xabc)
        #expect(deployment.status == .pending)
        #expect(deployment.imageTag == "\(site.siteID.short)-00000000")
        #expect(deployment.containerPort == 80)
        #expect(deployment.finishedAt == nil)
        #expect(deployment.releaseID == nil)
        #expect(try await fixture.store.deployment(deployment.id) == deployment)
    }

    /// Two pushes, whose hooks come here in the wrong order: the last commit on `main` wins.
    @Test func whatMainHasLeftBehindIsSupersededFromTheStart() async throws {
        let fixture = try await StoreFixture()
        let site = try await fixture.site()
        let newer = try await fixture.accept(2, of: site, tip: 2)
        let older = try await fixture.accept(1, of: site, tip: 2)
        #expect(older.status == .superseded)
        #expect(older.supersededBy == newer.id)
        #expect(older.finishedAt != nil)
        let claim = try #require(try await fixture.store.claim(at: StoreFixture.time(9)))
        #expect(claim.deployment.id == newer.id)
        #expect(claim.superseded.isEmpty)
    }

    /// The newer commit may never be announced, because its door died; if it is, it is the newer deployment.
    @Test func whatWasOvertakenBySomethingUnannouncedGoesOn() async throws {
        let fixture = try await StoreFixture()
        let site = try await fixture.site()
        let older = try await fixture.accept(1, of: site, tip: 2)
        #expect(older.status == .pending)
        let newer = try await fixture.accept(2, of: site, tip: 2)
        let claim = try #require(try await fixture.store.claim(at: StoreFixture.time(9)))
        #expect(claim.deployment.id == newer.id)
        #expect(claim.superseded == [older.id])
    }

    @Test func theSameFilesAreLiveAtOnce() async throws {
        let fixture = try await StoreFixture()
        let site = try await fixture.site()
        let first = try await fixture.deploy(1, of: site)
        let second = try await fixture.accept(2, of: site, tree: 1)
        #expect(second.status == .live)
        #expect(second.releaseID == first.id)
        #expect(try await fixture.status(first) == .superseded)
        #expect(try await fixture.store.claim(at: StoreFixture.time(9)) == nil)
    }

    @Test func theSameFilesWaitBehindWhatIsUnderWay() async throws {
        let fixture = try await StoreFixture()
        let site = try await fixture.site()
        try await fixture.deploy(1, of: site)
        try await fixture.accept(2, of: site)
        // Live now, it would be replaced by the older deployment.
        #expect(try await fixture.accept(3, of: site, tree: 1).status == .pending)
        let other = try await fixture.accept(4, of: fixture.site(), tree: 1)
        #expect(other.status == .pending)
    }

    @Test func aDeletedSiteAcceptsNothing() async throws {
        let fixture = try await StoreFixture()
        let site = try await fixture.site()
        _ = try await fixture.store.beginDeletion(of: site, at: StoreFixture.time(1))
        let refusal = await #expect(throws: Refusal.self) { try await fixture.accept(1, of: site) }
        #expect(refusal?.kind == .notFound)
    }
}

/// Removes a store's file and those beside it.
func removeStore(_ path: String) {
    for suffix in ["", "-wal", "-shm", ".lock"] { try? FileManager.default.removeItem(atPath: path + suffix) }
}
