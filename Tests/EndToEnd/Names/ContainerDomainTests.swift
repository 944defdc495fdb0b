import Foundation
import Testing

/// A domain whose site is a container, which sleeps.
@Suite(.timeLimit(.minutes(10)))
struct ContainerDomainTests {
    private let host = "www.example.localhost"

    private func untilAsleep(_ site: Site) async throws {
        try await eventually("it does not fall asleep", within: .seconds(60)) {
            try await site.containerState == "stopped"
        }
    }

    @Test func aRequestToTheDomainWakesIt() async throws {
        try await withNameServer { server in
            let settings = server.settings.merging(["CASTER_SLEEP_AFTER": "3"]) { $1 }
            try await withContainers(settings: settings) { platform, _ in
                let site = try await platform.account().createSite()
                let checkout = try await site.running()
                try await site.settle(host, in: server, is: "live")
                #expect(try await platform.get(host: host).text == "hello\n")
                #expect(
                    try await platform.get(host: host, path: "/headers").json["X-Forwarded-Host"]
                        == .string("\(host):\(platform.edgePort)"))
                try await untilAsleep(site)
                let posted = try await platform.curl(
                    ["--request", "POST", "--header", "Host: \(host)", "--data", "abc"], "//a")
                #expect(posted.text.hasPrefix("POST /a ba7816bf"))
                #expect(try await site.containerState == "running")
                // From one container to the next, and to the primary domain.
                _ = try await checkout.push(.with { $0.page = "second\n" })
                #expect(try await platform.get(host: host).text == "second\n")
                try await site.settle("other.example.localhost", in: server, is: "live")
                let path = "/sites/\(site.short)/domains/\(host)"
                #expect(try await site.owner.api("PATCH", path, body: #"{"primary": true}"#).status == 200)
                let lead = try await platform.get(host: "other.example.localhost", path: "/a", method: "POST")
                #expect(lead.status == 308)
                #expect(lead.header("Location") == "http://\(host):\(platform.edgePort)/a")
            }
        }
    }

    @Test func soDoesOneOverHTTPS() async throws {
        let engine = try await Dockerd.shared()
        let settings = [
            "DOCKER_HOST": engine.address, "CASTER_STOP_SECONDS": "2", "CASTER_HEALTH_INTERVAL": "50",
            "CASTER_SLEEP_AFTER": "3",
        ]
        try await withAuthority(settings: settings) { platform, server, authority in
            let site = try await platform.account().createSite()
            _ = try await site.running()
            try await site.settle(host, in: server, is: "live")
            try await untilAsleep(site)
            #expect(try await platform.secure(host: host, root: authority.root).text == "hello\n")
            #expect(try await site.containerState == "running")
            let headers = try await platform.secure(host: host, path: "/headers", root: authority.root).json
            #expect(headers["X-Forwarded-Proto"] == .string("https"))
        }
        try await engine.clean()
    }
}
