import CasterCore
import Foundation
import Testing

@testable import CasterHTTP

struct MCPSessionsTests {
    private let alice = User(id: 1, email: "alice@example.com", createdAt: .now)
    private let bob = User(id: 2, email: "bob@example.com", createdAt: .now)

    @Test func theyExpireWhenIdle() {
        var limits = Limits()
        limits.mcpSessionLifetime = 60
        let sessions = MCPSessions(limits: limits)
        let start = ContinuousClock.now
        let session = sessions.begin(for: alice, revision: nil, at: start)
        #expect(sessions.use(session.id, of: alice, at: start + .seconds(59)) != nil)
        #expect(sessions.use(session.id, of: alice, at: start + .seconds(118)) != nil, "each use counts")
        #expect(sessions.use(session.id, of: bob, at: start + .seconds(119)) == nil)
        #expect(sessions.use(session.id, of: alice, at: start + .seconds(178)) == nil)
        #expect(!sessions.end(session.id, of: alice))
    }

    @Test func theIdlestGivesWay() {
        var limits = Limits()
        limits.mcpSessions = 3
        limits.mcpSessionsPerUser = 2
        let sessions = MCPSessions(limits: limits)
        let start = ContinuousClock.now
        func begin(_ user: User, _ second: Int) -> String {
            sessions.begin(for: user, revision: .june2025, at: start + .seconds(second)).id
        }
        func isThere(_ id: String, _ user: User) -> Bool {
            sessions.use(id, of: user, at: start + .seconds(100)) != nil
        }
        let (one, two) = (begin(alice, 0), begin(alice, 1))
        _ = sessions.use(one, of: alice, at: start + .seconds(2))
        let three = begin(alice, 3)
        #expect(!isThere(two, alice))
        let four = begin(bob, 4)
        #expect(isThere(three, alice) && isThere(one, alice))
        _ = sessions.use(four, of: bob, at: start + .seconds(101))
        _ = begin(bob, 102)
        #expect([one, three].filter { isThere($0, alice) }.count == 1, "no more than three in all")
        #expect(isThere(four, bob))
    }

    @Test func streamsAreCounted() {
        var limits = Limits()
        limits.mcpStreamsPerUser = 1
        let sessions = MCPSessions(limits: limits)
        #expect(sessions.openStream(of: alice))
        #expect(!sessions.openStream(of: alice))
        #expect(sessions.openStream(of: bob))
        sessions.closeStream(of: alice)
        #expect(sessions.openStream(of: alice))
    }
}
