import Foundation
import Glibc
import Testing

/// Deploy after deploy under load: every answer is the whole old or the whole new version.
@Suite(.timeLimit(.minutes(30)))
struct SwitchTests {
    /// `CASTER_TEST_DEPLOYS=1000` for the full run.
    private static let deploys =
        ProcessInfo.processInfo.environment["CASTER_TEST_DEPLOYS"].flatMap(Int.init) ?? 150

    @Test func noResponseFailsOrIsMixed() async throws {
        // Few releases are kept, for a short time: those that visitors may still be reading must stay.
        let settings = ["CASTER_RELEASES_KEPT": "2", "CASTER_RELEASE_GRACE": "5"]
        try await withPlatform(settings: settings) { platform in
            let site = try await platform.account().createSite()
            let checkout = try await site.checkout()
            try await checkout.commit(Version(0).files)
            _ = try await checkout.push().orThrow("git push")

            let wrk = try Program([
                "wrk", "--threads", "1", "--connections", "8", "--duration", "\(Self.deploys)s", "--timeout", "10s",
                "--header", "Host: \(site.host)", "--script", Build.script("whole.lua"),
                "http://127.0.0.1:\(platform.edgePort)",
            ])
            defer { wrk.signal(SIGKILL) }
            let visitor = Visitor(of: site)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await visitor.visit() }
                defer { visitor.stop() }
                for number in 1...Self.deploys {
                    try await checkout.commit(Version(number).files)
                    let push = try await checkout.push()
                    #expect(push.status == 0)
                    #expect(push.text.contains("Live in"), "\(push.text)")
                    let page = try await site.get("/page.txt")
                    #expect(Version(text: page.text)?.number == number)
                }
                visitor.stop()
                try await group.waitForAll()
            }

            // wrk prints its sums when it is interrupted, too.
            Glibc.kill(wrk.pid, SIGINT)
            let sums = try await wrk.wait(within: .seconds(30))
            let line = try #require(
                sums.text.firstMatch(of: /answers=(\d+) failed=(\d+) mixed=(\d+) newest=(\d+) socket=(\d+)/))
            #expect(try #require(Int(line.1)) > Self.deploys * 10, "\(line.0)")
            #expect(line.2 == "0", "\(line.0)")
            #expect(line.3 == "0", "\(line.0)")
            #expect(line.5 == "0", "\(line.0)")
            #expect(line.4 == "\(Self.deploys)", "\(line.0)")
            #expect(visitor.complaints.isEmpty, "\(visitor.complaints.prefix(5))")
            #expect(visitor.visits > 10)
            print("\(Self.deploys) deploys under \(line.0)")
        }
    }
}
