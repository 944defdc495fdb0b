import Foundation
import Testing

/// A container that nobody visits is stopped, and the next request wakes it.
@Suite(.timeLimit(.minutes(10)))
struct SleepTests {
    private func untilAsleep(_ site: Site, _ engine: Dockerd) async throws {
        try await eventually("it does not fall asleep", within: .seconds(60)) {
            guard try await site.containerState == "stopped" else { return false }
            return try await engine.running(site).isEmpty
        }
    }

    @Test func theNextRequestWakesIt() async throws {
        try await withContainers(settings: ["CASTER_SLEEP_AFTER": "3"]) { platform, engine in
            let site = try await platform.account().createSite()
            _ = try await site.running()
            #expect(try await site.containerState == "running")
            try await untilAsleep(site, engine)
            // Held until it answers, body and all.
            let posted = try await platform.curl(
                ["--request", "POST", "--header", "Host: \(site.host)", "--data", "abc"], "//a")
            #expect(posted.status == 200)
            #expect(posted.text.hasPrefix("POST /a ba7816bf"))
            #expect(try await site.containerState == "running")
            try await untilAsleep(site, engine)
            // Under its name too.
            #expect(try await site.owner.rename(site.short, to: "sleepyhead").status == 200)
            let named = try await platform.get(host: "sleepyhead.caster.localhost")
            #expect(named.text == "hello\n")
        }
    }

    @Test func aHundredRequestsWakeItOnce() async throws {
        try await withContainers(settings: ["CASTER_SLEEP_AFTER": "3"]) { platform, engine in
            let site = try await platform.account().createSite()
            _ = try await site.running()
            try await untilAsleep(site, engine)
            let got = try await run([
                "curl", "-s", "--parallel", "--parallel-immediate", "--parallel-max", "100", "-w", "%{http_code}\n",
                "-o", "/dev/null", "-H", "Host: \(site.host)", "http://127.0.0.1:\(platform.edgePort)/[1-100]",
            ])
            // "no such page": the app's own answer.
            #expect(got.lines.filter { $0 == "404" }.count == 100, "\(got.text)")
            let name = try #require(try await engine.running(site).first)
            let lines = try await run([
                "curl", "-s", "--unix-socket", engine.socket, "http://d/containers\(name)/logs?stdout=1",
            ]).text.components(separatedBy: "starting").count
            #expect(lines - 1 == 2, "once for the deploy, once for the wake")
        }
    }

    @Test func aBrowserThatWaitsIsShownThatItWakes() async throws {
        try await withContainers(settings: ["CASTER_SLEEP_AFTER": "3"]) { platform, engine in
            let site = try await platform.account().createSite()
            _ = try await site.running(.with { $0.command = #"["python3", "/app/app.py", "--delay", "5"]"# })
            try await untilAsleep(site, engine)
            let page = try await site.get(headers: ["Accept: text/html,*/*"])
            #expect(page.status == 503)
            #expect(page.text.contains("Waking up"))
            #expect(page.text.contains(#"<meta http-equiv="refresh" content="1">"#))
            #expect(page.header("Cache-Control") == "no-store")
            // An API call waits for the same wake.
            #expect(try await site.get().text == "hello\n")
        }
    }

    @Test func scansAndRobotsDoNotKeepItAwake() async throws {
        try await withContainers(settings: ["CASTER_SLEEP_AFTER": "3"]) { platform, engine in
            let site = try await platform.account().createSite()
            _ = try await site.running()
            try await eventually("it stays awake", within: .seconds(60)) {
                if try await engine.running(site).isEmpty { return true }
                _ = try await site.get("/wp-login.php")
                _ = try await site.get(method: "HEAD")
                _ = try await site.get(headers: ["User-Agent: Googlebot/2.1"])
                return false
            }
        }
    }

    @Test func aVisitUnderWayKeepsItAwake() async throws {
        try await withContainers(settings: ["CASTER_SLEEP_AFTER": "2"]) { platform, _ in
            let site = try await platform.account().createSite()
            _ = try await site.running()
            let reply = try await site.get("/slow?seconds=9")
            #expect(reply.text == "0123456789")
        }
    }

    @Test func whatItPrintsIsShown() async throws {
        try await withContainers { platform, engine in
            let site = try await platform.account().createSite()
            let checkout = try await site.running()
            let stream = try platform.beginCurl(
                ["--no-buffer"], "/sites/\(site.short)/logs?tail=1", key: site.owner.apiKey)
            let ssh = try Program(
                site.owner.sshWords("logs \(site.short)"), environment: site.owner.environment)
            try await eventually("no line") {
                stream.printed.contains("data: listening on 8080")
                    && ssh.printed.contains("starting\nlistening on 8080\n")
            }
            #expect(!stream.printed.contains("starting"), "one line from the end")
            _ = try await site.get("/print?text=a-line")
            try await eventually("the line does not come") {
                stream.printed.contains("event: log\ndata: a-line\n") && ssh.printed.contains("a-line\n")
            }
            // From one container to the next.
            _ = try await checkout.push(.with { $0.page = "second\n" })
            _ = try await site.get("/print?text=another")
            try await eventually("the next container's line does not come", within: .seconds(40)) {
                stream.printed.contains("data: another\n") && ssh.printed.contains("another\n")
            }
            stream.signal(SIGTERM)
            ssh.signal(SIGTERM)
            _ = try await (stream.wait(), ssh.wait())
            let stranger = try await platform.account()
            expectError(try await stranger.api("GET", "/sites/\(site.short)/logs"), 404, "no such site")
            expectError(try await site.owner.api("GET", "/sites/\(site.short)/logs?tail=-1"), 400, "tail")
            let refused = try await stranger.ssh("logs \(site.short)")
            #expect(refused.status == 1)
            #expect(refused.text.contains("no such site"))
            let files = try await site.owner.createSite()
            try await files.pastePage("files")
            expectError(try await site.owner.api("GET", "/sites/\(files.short)/logs"), 409, "no container")
        }
    }
}
