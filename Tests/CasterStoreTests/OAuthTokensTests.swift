import CasterCore
import CasterStore
import Testing

/// Codes and tokens are good until their time is over, not a second longer.
struct OAuthTokensTests {
    private let fixture: StoreFixture

    init() async throws { fixture = try await StoreFixture() }

    private func hash(_ byte: UInt8) -> [UInt8] { [UInt8](repeating: byte, count: 32) }

    /// Access until second 20, refresh until 30.
    private func tokens(_ first: UInt8) -> NewTokens {
        NewTokens(
            accessHash: hash(first), refreshHash: hash(first + 1), accessEnd: StoreFixture.time(20),
            refreshEnd: StoreFixture.time(30))
    }

    /// A code that is good until second 10.
    private func addCode(_ byte: UInt8) async throws {
        let consent = Consent(
            userID: fixture.owner.id, clientID: "client", clientName: "Client", redirectURI: "https://x.example/",
            challenge: hash(0))
        try await fixture.store.addOAuthCode(hash: hash(byte), for: consent, expiresAt: StoreFixture.time(10))
    }

    private func redeem(_ byte: UInt8, for tokens: NewTokens, at second: Int) async throws -> Bool {
        try await fixture.store.redeemOAuthCode(
            hash: hash(byte), tokens: tokens, keyPrefix: "x", limit: 10, at: StoreFixture.time(second)
        ) { _ in true }
    }

    @Test func aCodeExpires() async throws {
        try await addCode(1)
        #expect(try await !redeem(1, for: tokens(10), at: 10))
        #expect(try await redeem(1, for: tokens(10), at: 9))
    }

    @Test func tokensExpire() async throws {
        try await addCode(1)
        #expect(try await redeem(1, for: tokens(10), at: 5))
        func user(_ byte: UInt8, at second: Int) async throws -> User? {
            try await fixture.store.user(accessTokenHash: hash(byte), at: StoreFixture.time(second))?.user
        }
        func refresh(_ byte: UInt8, for tokens: NewTokens, at second: Int) async throws -> Bool {
            try await fixture.store.refreshOAuthTokens(
                hash: hash(byte), clientID: "client", tokens: tokens, at: StoreFixture.time(second))
        }
        #expect(try await user(10, at: 19) == fixture.owner)
        #expect(try await user(10, at: 20) == nil)
        #expect(try await !refresh(11, for: tokens(20), at: 30))
        #expect(try await refresh(11, for: tokens(20), at: 29))
    }

    /// When its last token has gone, the program is no longer among the account's keys.
    @Test func whatExpiredIsForgotten() async throws {
        try await addCode(1)
        #expect(try await redeem(1, for: tokens(10), at: 5))
        func keys() async throws -> [String] {
            try await fixture.store.apiKeys(of: fixture.owner, page: Page()).map(\.name)
        }
        try await fixture.store.forgetOAuth(before: StoreFixture.time(25), clientsBefore: StoreFixture.time(0))
        #expect(try await keys() == ["Client", "key"])
        try await fixture.store.forgetOAuth(before: StoreFixture.time(31), clientsBefore: StoreFixture.time(0))
        #expect(try await keys() == ["key"])
    }
}
