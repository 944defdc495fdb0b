import CasterCore
import CasterStore
import Testing

/// Two sites whose IDs begin alike would answer at one host.
struct ShortIDsTests {
    private func siteID(_ short: String, _ rest: String) throws -> SiteID {
        try #require(SiteID(short + String(repeating: rest, count: 24)))
    }

    @Test func aShortIDBelongsToOneSite() async throws {
        let fixture = try await StoreFixture()
        func create(_ siteID: SiteID) async throws -> Site? {
            try await fixture.store.createSite(siteID, owner: fixture.owner, at: StoreFixture.time(1))?.0
        }
        let site = try #require(try await create(siteID("a3f9c2e8", "0")))
        let other = try siteID("a3f9c2e8", "1")
        let hash = [UInt8](repeating: 1, count: 32)
        for taken in [site.siteID, other] {
            #expect(try await create(taken) == nil)
            let anonymous = try await fixture.store.createAnonymousSite(
                taken, claimHash: hash, expiresAt: StoreFixture.time(100), at: StoreFixture.time(1))?.0
            #expect(anonymous == nil)
        }
        // Nothing of them is left, and the first is what it was.
        #expect(try await fixture.store.sites(of: fixture.owner, page: Page()) == [site])
        #expect(try await fixture.store.site(.short("a3f9c2e8"), of: fixture.owner) == site)
        let claim = await #expect(throws: Refusal.self) {
            try await fixture.store.claim(hash, for: fixture.owner, at: StoreFixture.time(2))
        }
        #expect(claim?.kind == .notFound)

        let free = try siteID("a3f9c2e9", "0")
        #expect(try await create(free)?.siteID == free)
        // Until the last of its files is gone, a deleted site keeps its own.
        _ = try await fixture.store.beginDeletion(of: site, at: StoreFixture.time(3))
        #expect(try await create(other) == nil)
        try await fixture.store.endDeletion(of: site)
        #expect(try await create(other)?.siteID == other)
    }
}
