import CasterCore
import CasterStore
import Foundation
import Synchronization
import Testing

struct SiteNamesTests {
    private func rename(
        _ site: Site, to name: String, in store: Store, at second: Int, quarantine: Int = 100
    ) async throws -> Site {
        try await store.rename(
            site, to: SiteName(name), quarantineStart: StoreFixture.time(second - quarantine),
            at: StoreFixture.time(second)
        ) { _ in }
    }

    private func bob(_ fixture: StoreFixture) async throws -> User {
        try await fixture.store.createUser(
            email: EmailAddress("bob@example.com"), passwordHash: "", keyName: "key", key: .random(),
            at: StoreFixture.time(0))
    }

    @Test func aFreedNameIsKeptForItsLastOwner() async throws {
        let fixture = try await StoreFixture()
        let bob = try await bob(fixture)
        let his = try #require(try await fixture.store.createSite(.random(), owner: bob, at: StoreFixture.time(0))).0
        let (first, second) = (try await fixture.site(), try await fixture.site())
        _ = try await rename(first, to: "my-project", in: fixture.store, at: 10)
        _ = try await rename(first, to: "other-name", in: fixture.store, at: 20)
        for second in [20, 21, 119] {
            let refusal = await #expect(throws: Refusal.self) {
                try await rename(his, to: "my-project", in: fixture.store, at: second)
            }
            #expect(refusal?.kind == .conflict, "after \(second - 20) s")
        }
        // Its last owner, with another site.
        #expect(try await rename(second, to: "my-project", in: fixture.store, at: 21).name == "my-project")
        _ = try await rename(second, to: "third-name", in: fixture.store, at: 30)
        // Freed again: the quarantine begins anew, and ends.
        await #expect(throws: Refusal.self) { try await rename(his, to: "my-project", in: fixture.store, at: 129) }
        #expect(try await rename(his, to: "my-project", in: fixture.store, at: 130).name == "my-project")
    }

    @Test func aDeletionFreesTheName() async throws {
        let fixture = try await StoreFixture()
        let bob = try await bob(fixture)
        let his = try #require(try await fixture.store.createSite(.random(), owner: bob, at: StoreFixture.time(0))).0
        let site = try await fixture.site()
        _ = try await rename(site, to: "my-project", in: fixture.store, at: 10)
        let unrouted = Names()
        // With the site as it was before it was named.
        let (_, began) = try await fixture.store.beginDeletion(of: site, at: StoreFixture.time(20)) { name, _ in
            unrouted.change { $0.insert(name ?? "none") }
        }
        #expect(began)
        #expect(unrouted.all == ["my-project"])
        #expect(try await fixture.store.beginDeletion(of: site, at: StoreFixture.time(21)).began == false)
        await #expect(throws: Refusal.self) { try await rename(his, to: "my-project", in: fixture.store, at: 30) }
        await #expect(throws: Refusal.self) { try await rename(site, to: "other-name", in: fixture.store, at: 30) }
        #expect(try await rename(fixture.site(), to: "my-project", in: fixture.store, at: 30).name == "my-project")
    }

    /// The routes are set in the order in which the names are: whoever is last, in both.
    @Test func renamesAtOnceSetTheirRoutesInOrder() async throws {
        let fixture = try await StoreFixture()
        let another = try fixture.another()
        let site = try await fixture.site()
        let routes = Names()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<20 {
                let store = number % 2 == 0 ? fixture.store : another
                let name = "name-no-\(number)"
                group.addTask {
                    // With the site as it was at the beginning, without a name.
                    _ = try await store.rename(
                        site, to: SiteName(name), quarantineStart: StoreFixture.time(0), at: StoreFixture.time(1)
                    ) { freed in
                        routes.change { routes in
                            if let freed { routes.remove(freed) }
                            routes.insert(name)
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
        let final = try await fixture.store.site(id: site.id)?.name
        #expect(routes.all == Set([final].compactMap { $0 }))
    }

    @Test func aRouteThatCannotBeSetChangesNothing() async throws {
        struct DiskFull: Error {}
        let fixture = try await StoreFixture()
        let site = try await fixture.site()
        _ = try await rename(site, to: "my-project", in: fixture.store, at: 10)
        await #expect(throws: DiskFull.self) {
            try await fixture.store.rename(
                site, to: SiteName("other-name"), quarantineStart: StoreFixture.time(0), at: StoreFixture.time(20)
            ) { _ in throw DiskFull() }
        }
        #expect(try await fixture.store.site(id: site.id)?.name == "my-project")
    }
}

/// A set of names that closures change.
private final class Names: Sendable {
    private let names = Mutex<Set<String>>([])

    var all: Set<String> { names.withLock { $0 } }

    func change(_ body: (inout Set<String>) -> Void) { names.withLock { body(&$0) } }
}
