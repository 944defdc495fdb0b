import Foundation
import Testing

/// A proxy in front of the edge: whose address counts, and what the URLs are.
@Suite(.timeLimit(.minutes(2)))
struct ProxyTests {
    /// curl on this machine plays the proxy.
    private static let trusting = ["CASTER_TRUSTED_PROXIES": "127.0.0.1"]

    private func forwarded(_ address: String) -> [String] { ["--header", "X-Forwarded-For: \(address)"] }

    @Test func theFiguresAreForThisMachineOnly() async throws {
        try await withPlatform(settings: Self.trusting) { platform in
            let local = try await platform.curl([], "//metrics")
            #expect(local.status == 200)
            #expect(local.text.contains("caster_queue_length"))
            // The last address that is no proxy's is the visitor's, whatever a visitor writes before it.
            for address in ["203.0.113.9", "2001:db8::9", "127.0.0.1, 203.0.113.9", "203.0.113.9, 127.0.0.1"] {
                expectError(try await platform.curl(forwarded(address), "//metrics"), 404, "/metrics")
            }
        }
    }

    @Test func nobodyIsBelievedUnlessTrusted() async throws {
        // Without proxies, and with others than the one that asks here.
        let cases: [[String: String]] = [[:], ["CASTER_TRUSTED_PROXIES": "192.0.2.1, 10.0.0.0/8"]]
        for settings in cases {
            try await withPlatform(settings: settings) { platform in
                let metrics = try await platform.curl(forwarded("203.0.113.9"), "//metrics")
                #expect(metrics.status == 200)
            }
        }
    }

    @Test func anonymousDeploysAreCountedByVisitor() async throws {
        try await withPlatform(settings: Self.trusting) { platform in
            func deploy(from address: String) async throws -> Reply {
                try await platform.deployAnonymously("page", forwarded(address))
            }
            for _ in 1...3 { #expect(try await deploy(from: "203.0.113.9").status == 202) }
            for address in ["203.0.113.9", "198.51.100.7, 203.0.113.9", "203.0.113.9, 127.0.0.1"] {
                let fourth = try await deploy(from: address)
                expectError(fourth, 429, "3 deploys an hour")
                let wait = try #require(fourth.header("Retry-After").flatMap { Int($0) })
                #expect((3400...3600).contains(wait), "\(address)")
            }
            for address in ["203.0.113.10", "203.0.113.9, 198.51.100.7"] {
                #expect(try await deploy(from: address).status == 202, "\(address)")
            }
            // Of IPv6, a household has a /64.
            for address in ["2001:db8:1:2::1", "2001:db8:1:2::ffff", "2001:db8:1:2:ffff:ffff:ffff:ffff"] {
                #expect(try await deploy(from: address).status == 202, "\(address)")
            }
            expectError(try await deploy(from: "2001:db8:1:2::2"), 429, "3 deploys an hour")
            #expect(try await deploy(from: "2001:db8:1:3::1").status == 202)
            // And what came without a proxy counts for itself.
            #expect(try await platform.deployAnonymously("page").status == 202)
        }
    }

    @Test func urlsHaveThePortOfTheProxy() async throws {
        let settings = ["CASTER_PUBLIC_PORT": "443", "CASTER_PUBLIC_URL_SCHEME": "https"]
        try await withPlatform(settings: settings) { platform in
            let account = try await platform.account(addsKey: false)
            let created = try await account.api("POST", "/sites")
            let site = try account.site(created.json["site"])
            let url = JSON.string("https://\(site.host)")
            #expect(created.json["url"] == url)
            #expect(try await account.api("GET", "/sites/\(site.short)").json["url"] == url)
            #expect(try await account.deployOnce("page", to: site.short).json["url"] == url)
            // The edge itself listens where it did.
            try await eventually("not served") { try await site.get().text == "page" }
        }
    }
}
