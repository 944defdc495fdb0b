import CasterCore
import CasterGit
import CasterStore
import Foundation

/// What a deploy in one step brought about.
public struct OneShotDeploy: Sendable {
    public let site: Site
    public let deployment: Deployment
    /// For an anonymous site: whoever presents it can make the site theirs. It is shown once.
    public let claimToken: String?
}

extension Platform {
    /// Deploys files to a site of the account's: the named one, or a new one.
    ///
    /// Throws `Refusal.notFound` if the account has no such site, and what `deploy` throws.
    public func deployOnce(
        _ files: SiteFiles, to identifier: String?, from source: DeploymentSource = .oneShot, by user: User
    ) async throws -> OneShotDeploy {
        // Before a site is made for them.
        try check(files)
        let existing: Site? = if let identifier { try await self.site(identifier, of: user) } else { nil }
        let site = if let existing { existing } else { try await createSite(for: user).site }
        do {
            let deployment = try await deploy(files, to: site, from: source, by: user)
            return OneShotDeploy(site: site, deployment: deployment, claimToken: nil)
        } catch {
            if existing == nil { try await delete(site) }
            throw error
        }
    }

    /// Deploys files without an account, to a new site which expires unless it is claimed.
    ///
    /// Throws `Refusal.tooManyRequests` beyond so many an hour from one address, and what `deploy` throws.
    public func deployAnonymously(_ files: SiteFiles, from client: ClientAddress) async throws -> OneShotDeploy {
        try check(files)
        let limit = RateLimit(
            subject: "anonymous deploy from \(client.text)", count: limits.anonymousDeploysPerHour, window: 3600)
        if let seconds = try await store.count([limit], at: .now) {
            throw Refusal.tooManyRequests(
                "without an account \(limit.count) deploys an hour are possible (CASTER_ANONYMOUS_DEPLOYS_PER_HOUR): "
                    + "wait, or register", retryAfter: seconds)
        }
        do {
            let token = Secret.randomHex(bytes: 32)
            let site = try await createAnonymousSite(claimToken: token)
            do {
                let deployment = try await deploy(files, to: site, from: .oneShot, by: nil)
                return OneShotDeploy(site: site, deployment: deployment, claimToken: token)
            } catch {
                try await delete(site)
                throw error
            }
        } catch {
            try await store.uncount([limit])
            throw error
        }
    }

    private func createAnonymousSite(claimToken: String) async throws -> Site {
        let hash = Secret.sha256(Array(claimToken.utf8))
        let made = try await makeSite { siteID in
            let now = Date.now
            return try await store.createAnonymousSite(
                siteID, claimHash: hash, expiresAt: now.addingTimeInterval(Double(limits.anonymousLifetime)), at: now)
        }
        return made.site
    }

    /// Makes an anonymous site the account's.
    ///
    /// Throws `Refusal.notFound` for an unknown token, `.conflict` if the site was claimed, `.gone` if it expired.
    public func claim(token: String, for user: User) async throws -> Site {
        try await store.claim(Secret.sha256(Array(token.utf8)), for: user, at: .now)
    }
}
