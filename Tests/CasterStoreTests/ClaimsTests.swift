import CasterCore
import CasterStore
import Testing

struct ClaimsTests {
    /// An anonymous site of instant 0 that expires at 100, with the hash of its token.
    private func anonymous(_ fixture: StoreFixture, token: UInt8 = 1) async throws -> (site: Site, hash: [UInt8]) {
        let hash = [UInt8](repeating: token, count: 32)
        let made = try await fixture.store.createAnonymousSite(
            .random(), claimHash: hash, expiresAt: StoreFixture.time(100), at: StoreFixture.time(0))
        return (try #require(made).0, hash)
    }

    private func kind(_ body: () async throws -> Site) async -> Refusal.Kind? {
        await #expect(throws: Refusal.self) { try await body() }?.kind
    }

    @Test func aClaimBeforeTheEnd() async throws {
        let fixture = try await StoreFixture()
        let (site, hash) = try await anonymous(fixture)
        #expect(site.userID == nil)
        let claimed = try await fixture.store.claim(hash, for: fixture.owner, at: StoreFixture.time(99))
        #expect(claimed.userID == fixture.owner.id)
        #expect(claimed.siteID == site.siteID)
        #expect(try await fixture.store.sites(of: fixture.owner, page: Page()) == [claimed])
        #expect(try await fixture.store.expireSites(at: StoreFixture.time(10_000)).isEmpty)
        #expect(
            await kind { try await fixture.store.claim(hash, for: fixture.owner, at: StoreFixture.time(99)) }
                == .conflict)
    }

    @Test func aClaimAfterTheEndExpiresIt() async throws {
        let fixture = try await StoreFixture()
        let (site, hash) = try await anonymous(fixture)
        for second in [100, 101] {
            #expect(
                await kind { try await fixture.store.claim(hash, for: fixture.owner, at: StoreFixture.time(second)) }
                    == .gone)
        }
        // The expiry has nothing left to do but to clear away.
        #expect(try await fixture.store.expireSites(at: StoreFixture.time(102)).isEmpty)
        #expect(try await fixture.store.sitesToRemove().map(\.siteID) == [site.siteID])
        try await fixture.store.endDeletion(of: site)
        #expect(
            await kind { try await fixture.store.claim(hash, for: fixture.owner, at: StoreFixture.time(103)) } == .gone)
    }

    @Test func anUnknownTokenIsNotFound() async throws {
        let fixture = try await StoreFixture()
        _ = try await anonymous(fixture)
        let other = [UInt8](repeating: 9, count: 32)
        #expect(
            await kind { try await fixture.store.claim(other, for: fixture.owner, at: StoreFixture.time(1)) }
                == .notFound)
    }

    /// Two processes at the same instant: exactly one of the two happens, and everybody agrees which.
    @Test func aClaimRacingTheExpiry() async throws {
        let fixture = try await StoreFixture()
        let worker = try fixture.another()
        for round in 0..<40 {
            let (site, hash) = try await anonymous(fixture, token: UInt8(round))
            @Sendable func expire() async throws -> Bool {
                try await worker.expireSites(at: StoreFixture.time(100)).contains { $0.id == site.id }
            }
            // The claim's clock is a little behind the worker's.
            @Sendable func claim() async -> Bool {
                (try? await fixture.store.claim(hash, for: fixture.owner, at: StoreFixture.time(99))) != nil
            }
            let isExpired: Bool
            let isClaimed: Bool
            switch round {
            case 0:
                isClaimed = await claim()
                isExpired = try await expire()
                #expect(isClaimed, "who comes first, wins")
            case 1:
                isExpired = try await expire()
                isClaimed = await claim()
                #expect(isExpired, "who comes first, wins")
            default:
                async let expired = expire()
                async let claimed = claim()
                isExpired = try await expired
                isClaimed = await claimed
            }
            #expect(isExpired != isClaimed)
            let doomed = try await worker.sitesToRemove().contains { $0.id == site.id }
            let owned = try await fixture.store.sites(of: fixture.owner, page: Page()).contains { $0.id == site.id }
            #expect(doomed == isExpired && owned == isClaimed)
            if isExpired { try await worker.endDeletion(of: site) }
        }
    }

    @Test func endedClaimsAreRememberedForAWhile() async throws {
        let fixture = try await StoreFixture()
        let (_, hash) = try await anonymous(fixture)
        _ = try await fixture.store.expireSites(at: StoreFixture.time(100))
        try await fixture.store.forgetClaims(before: StoreFixture.time(100))
        #expect(
            await kind { try await fixture.store.claim(hash, for: fixture.owner, at: StoreFixture.time(200)) } == .gone)
        try await fixture.store.forgetClaims(before: StoreFixture.time(101))
        #expect(
            await kind { try await fixture.store.claim(hash, for: fixture.owner, at: StoreFixture.time(200)) }
                == .notFound)
    }
}
