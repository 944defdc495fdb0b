import CasterCore
import CasterStore
import Testing

struct CertificatesTests {
    private let wanted = CertificatesWanted(names: [], siteDomain: nil)

    private func due(at second: Int, _ fixture: StoreFixture) async throws -> [String] {
        try await fixture.store.certificatesDue(wanted, at: StoreFixture.time(second), limit: 10).map(\.name)
    }

    /// No wish of the owner's brings it forward: not a check, and not a domain that is deleted and added again.
    @Test func whatIsHeldWaits() async throws {
        let fixture = try await StoreFixture()
        let store = fixture.store
        let site = try await fixture.site()
        func add() async throws -> CustomDomain {
            let domain = try await store.addDomain(
                DomainName("www.example.org"), token: "", to: site, limit: 1, at: StoreFixture.time(0))
            try await store.verify(domain, status: .waitingForCertificate) { _ in }
            return domain
        }
        func postpone(isHeld: Bool) async throws {
            try await store.postponeCertificate(
                "www.example.org", problem: "slowly", attempts: 1, isFinal: false, isHeld: isHeld,
                until: StoreFixture.time(100))
        }
        let domain = try await add()
        #expect(try await due(at: 0, fixture) == ["www.example.org"])
        try await postpone(isHeld: false)
        #expect(try await due(at: 99, fixture).isEmpty)
        try await store.checkSoon(domain)
        #expect(try await due(at: 99, fixture) == ["www.example.org"])
        try await postpone(isHeld: true)
        try await store.checkSoon(domain)
        #expect(try await due(at: 99, fixture).isEmpty)

        #expect(try await store.deleteDomain(domain) { _ in })
        #expect(try await store.obsoleteCertificates(wanted, at: StoreFixture.time(99)).isEmpty)
        _ = try await add()
        #expect(try await due(at: 99, fixture).isEmpty)
        #expect(try await store.domains(of: site).first?.reason == "slowly")
        #expect(try await due(at: 100, fixture) == ["www.example.org"])
        #expect(try await store.deleteDomain(store.domains(of: site)[0]) { _ in })
        #expect(try await store.obsoleteCertificates(wanted, at: StoreFixture.time(100)) == ["www.example.org"])
    }
}
