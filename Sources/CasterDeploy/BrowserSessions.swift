import CasterCore
import CasterStore
import Foundation

extension Platform {
    /// Signs an account in. The token, 64 hex digits, opens the session; it is returned here and never again.
    ///
    /// - Parameters:
    ///   - client: what the browser calls itself.
    ///   - former: the token that the browser had before: what it opened, ends.
    public func beginBrowserSession(
        of user: User, client: String, replacing former: String?
    ) async throws -> (session: BrowserSession, token: String) {
        if let former { try await endBrowserSession(token: former) }
        let token = Secret.randomHex(bytes: 32)
        let now = Date.now
        let session = try await store.addBrowserSession(
            tokenHash: Self.hash(ofSessionToken: token), client: String(client.prefix(BrowserSession.clientLength)),
            of: user, limit: limits.sessionsPerUser, expiresAt: sessionEnd(since: now, at: now), at: now)
        return (session, token)
    }

    /// The session that a token opens, and whose it is; nil if there is none, or it has expired. That it was used is
    /// recorded once a minute at most.
    public func browserSession(token: String) async throws -> (user: User, session: BrowserSession)? {
        let now = Date.now
        guard let found = try await store.browserSession(tokenHash: Self.hash(ofSessionToken: token), at: now) else {
            return nil
        }
        if now.timeIntervalSince(found.session.lastSeenAt) > min(60, Double(limits.sessionIdleTimeout) / 2) {
            try await store.touchBrowserSession(
                found.session.id, expiresAt: sessionEnd(since: found.session.createdAt, at: now), at: now)
        }
        return found
    }

    /// A page of the sessions of an account, newest first.
    public func browserSessions(of user: User, page: Page = Page()) async throws -> [BrowserSession] {
        try await store.browserSessions(of: user, page: page, at: .now)
    }

    /// Signs out: the token opens nothing any more.
    public func endBrowserSession(token: String) async throws {
        try await store.deleteBrowserSession(tokenHash: Self.hash(ofSessionToken: token))
    }

    /// Signs a browser of the account out.
    ///
    /// Throws `Refusal.notFound` if the account has no such session.
    public func endBrowserSession(_ id: Int64, of user: User) async throws {
        guard try await store.deleteBrowserSession(id, of: user) else {
            throw Refusal.notFound("there is no such session")
        }
    }

    /// Signs all browsers of the account out but one.
    public func endBrowserSessions(of user: User, except id: Int64?) async throws {
        try await store.deleteBrowserSessions(of: user, except: id)
    }

    /// So long after the last use, and so long after the sign-in in any case.
    private func sessionEnd(since start: Date, at now: Date) -> Date {
        min(
            start.addingTimeInterval(Double(limits.sessionLifetime)),
            now.addingTimeInterval(Double(limits.sessionIdleTimeout)))
    }

    private static func hash(ofSessionToken token: String) -> [UInt8] { Secret.sha256(Array(token.utf8)) }
}
