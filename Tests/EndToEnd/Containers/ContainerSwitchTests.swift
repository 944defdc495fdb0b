import Foundation
import Testing

/// Visitors of a container notice nothing of a deploy.
@Suite(.timeLimit(.minutes(10)))
struct ContainerSwitchTests {
    @Test func underLoadNoRequestFails() async throws {
        try await withContainers { platform, engine in
            let site = try await platform.account().createSite()
            let checkout = try await site.running(.with { $0.page = "0\n" })
            let load = try Program([
                "wrk", "-t1", "-c8", "-d120", "-H", "Host: \(site.host)", "-s", Build.script("failures.lua"),
                "http://127.0.0.1:\(platform.edgePort)/",
            ])
            // A request that is under way when its container is replaced finishes there.
            let slow = try Program([
                "curl", "-s", "-H", "Host: \(site.host)", "http://127.0.0.1:\(platform.edgePort)/slow?seconds=6",
            ])
            for number in 1...5 {
                let push = try await checkout.push(.with { $0.page = "\(number)\n" })
                #expect(push.text.contains("Live in"), "\(push.text)")
                #expect(try await site.get().text == "\(number)\n")
            }
            #expect(try await slow.wait().text == "0123456789")
            load.signal(SIGINT)
            let outcome = try await load.wait()
            #expect(outcome.text.contains("failures: 0"), "\(outcome.text)")
            #expect(!outcome.text.contains("Socket errors"), "\(outcome.text)")
            #expect(!outcome.text.contains("Non-2xx"), "\(outcome.text)")
            try await eventually("old containers are left", within: .seconds(60)) {
                try await engine.containers().count == 1
            }
        }
    }
}
