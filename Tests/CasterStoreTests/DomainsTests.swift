import CasterCore
import CasterStore
import Testing

struct DomainsTests {
    private func domain(of site: Site, _ fixture: StoreFixture) async throws -> CustomDomain {
        try await fixture.store.addDomain(
            DomainName("www.example.org"), token: "", to: site, limit: 1, at: StoreFixture.time(0))
    }

    @Test func whatIsProvenLastHasIt() async throws {
        let fixture = try await StoreFixture()
        let (first, second) = (try await fixture.site(), try await fixture.site())
        for site in [first, second] {
            try await fixture.store.verify(domain(of: site, fixture), status: .live) { _ in }
            #expect(try await fixture.store.site(withDomain: "www.example.org") == site)
        }
    }

    /// Somebody has it checked, and deletes it while the records are looked at.
    @Test func whatIsGoneTakesNothing() async throws {
        let fixture = try await StoreFixture()
        let (holder, other) = (try await fixture.site(), try await fixture.site())
        try await fixture.store.verify(domain(of: holder, fixture), status: .live) { _ in }
        let checked = try await domain(of: other, fixture)
        #expect(try await fixture.store.deleteDomain(checked) { _ in })
        try await fixture.store.verify(checked, status: .live) { _ in Issue.record("routes are set") }
        #expect(try await fixture.store.site(withDomain: "www.example.org") == holder)
        #expect(try await fixture.store.domains(of: holder).first?.status == .live)
    }
}
