import Foundation
import Testing

/// `POST /claim`, and what happens to a site that nobody claims.
@Suite(.timeLimit(.minutes(2)))
struct ClaimTests {
    @Test func aClaimedSiteIsOnesOwn() async throws {
        try await withPlatform { platform in
            let alice = try await platform.account()
            let bob = try await platform.account(addsKey: false)
            let deployed = try await platform.deployAnonymously("anonymous")
            let token = try #require(deployed.json["claim_token"]?.string)
            let site = try alice.site(deployed.json["site"])

            expectError(
                try await platform.api("POST", "/claim", body: #"{"claim_token": "\#(token)"}"#), 401, "API key")
            expectError(try await alice.claim("no such token"), 404, "claim token")
            expectError(try await alice.claim(String(repeating: "0", count: 64)), 404, "claim token")
            expectError(try await alice.claim(token.uppercased()), 404, "claim token")
            expectError(try await alice.api("POST", "/claim", body: "{}"), 400, "claim_token is missing")

            let claimed = try await alice.claim(token)
            #expect(claimed.status == 200)
            #expect(claimed.json.names == ["id", "site_id", "user_id", "name", "created_at"])
            #expect(claimed.json["site_id"] == .string(site.siteID))
            let me = try await alice.api("GET", "/me").json["user"]?["id"]
            #expect(claimed.json["user_id"] == me)
            for account in [alice, bob] { expectError(try await account.claim(token), 409, "claimed already") }

            // Everything works as with any other site.
            #expect(try await alice.api("GET", "/sites").json == .array([claimed.json]))
            let clone = try await site.clone()
            try await clone.commit(["index.html": "pushed"])
            #expect(try await clone.push("origin", "main").text.contains("Live in"))
            #expect(try await site.get().text == "pushed")
            #expect(try await bob.api("GET", "/sites/\(site.short)").status == 404)
        }
    }

    @Test func anUnclaimedSiteExpires() async throws {
        try await withPlatform(settings: ["CASTER_ANONYMOUS_LIFETIME": "5"]) { platform in
            let account = try await platform.account(addsKey: false)
            let kept = try await platform.deployAnonymously("kept")
            let lost = try await platform.deployAnonymously("lost")
            let keptToken = try #require(kept.json["claim_token"]?.string)
            #expect(try await account.claim(keptToken).status == 200)
            let siteID = try #require(lost.json["site"]?["site_id"]?.string)
            let site = try account.site(lost.json["site"])
            try await eventually("not served") { try await site.get().text == "lost" }

            try await eventually("it did not expire", within: .seconds(15)) {
                try await site.get().text.contains("No site here")
            }
            let token = try #require(lost.json["claim_token"]?.string)
            for _ in 0..<2 { expectError(try await account.claim(token), 410, "expired") }
            try await eventually("something is left of it") { try platform.traces(of: siteID).isEmpty }
            let log = "\(platform.dataFolder)/logs/\(lost.json["deployment_id"]?.number ?? 0).log"
            try await eventually("its log is left") { !FileManager.default.fileExists(atPath: log) }

            // The claimed one stays, and its token is remembered as used.
            let keptSite = try account.site(kept.json["site"])
            #expect(try await keptSite.get().text == "kept")
            expectError(try await account.claim(keptToken), 409, "claimed already")
        }
    }

    @Test func aClaimRacingTheExpiryEndsInExactlyOne() async throws {
        let settings = ["CASTER_ANONYMOUS_LIFETIME": "2", "CASTER_ANONYMOUS_DEPLOYS_PER_HOUR": "100"]
        try await withPlatform(settings: settings) { platform in
            let account = try await platform.account(addsKey: false)
            var sites: [(site: Site, token: String, deadline: ContinuousClock.Instant)] = []
            for number in 1...8 {
                let begun = ContinuousClock.now
                let reply = try await platform.deployAnonymously("site \(number)")
                let token = try #require(reply.json["claim_token"]?.string)
                // Around the end of its time, give or take.
                let deadline = begun + .milliseconds(2000 + (number - 5) * 20)
                sites.append((try account.site(reply.json["site"]), token, deadline))
            }
            var claimed: [Bool] = []
            for (_, token, deadline) in sites {
                try await Task.sleep(until: deadline, clock: .continuous)
                let status = try await account.claim(token).status
                #expect(status == 200 || status == 410)
                claimed.append(status == 200)
            }
            for (number, isClaimed) in claimed.enumerated() {
                let (site, token, _) = sites[number]
                #expect(try await account.claim(token).status == (isClaimed ? 409 : 410))
                #expect(try await account.api("GET", "/sites/\(site.short)").status == (isClaimed ? 200 : 404))
                if isClaimed {
                    #expect(try await site.get().text == "site \(number + 1)")
                } else {
                    try await eventually("an expired site is left") { try platform.traces(of: site.siteID).isEmpty }
                }
            }
        }
    }
}
