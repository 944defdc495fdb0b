import Foundation
import Testing

/// Sessions that nobody comes back for.
@Suite(.timeLimit(.minutes(3)))
struct SessionMemoryTests {
    @Test func aThousandAbandonedSessions() async throws {
        try await withPlatform(roles: .apart) { platform in
            let account = try await platform.account(addsKey: false)
            let http = try #require(platform.pid(.http))
            let hello =
                #"{"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"protocolVersion": "2025-11-25"}}"#
            // curl makes many requests over one connection if it is given many URLs.
            func abandon(_ count: Int) async throws -> [String] {
                let url = "http://localhost:\(platform.edgePort)/api/v1/mcp"
                let got = try await run(
                    [
                        "curl", "-q", "--silent", "--header", "Authorization: Bearer \(account.apiKey)", "--header",
                        "Content-Type: application/json", "--data", hello, "--dump-header", "-", "--output",
                        "/dev/null",
                    ]
                        + Array(repeating: url, count: count).enumerated().flatMap { index, url in
                            index == 0 ? [url] : ["--output", "/dev/null", url]
                        })
                return got.text.matches(of: /(?i)mcp-session-id: ([0-9a-f]+)/).map { String($0.1) }
            }
            _ = try await abandon(200)
            let kept = try await account.mcpSession()
            let before = try Processes.memory("VmRSS", of: http)
            var ids: [String] = []
            for _ in 0..<20 {
                ids += try await abandon(50)
                // One that is in use outlives all the others.
                #expect(try await account.mcp(MCPMessage("ping", session: kept)).status == 200)
            }
            #expect(Set(ids).count == 1000)
            let after = try Processes.memory("VmRSS", of: http)
            #expect(after - before < 4096, "\(after - before) KiB")
            #expect(try await account.mcp(MCPMessage("ping", session: ids[0])).status == 404)
            #expect(try await account.mcp(MCPMessage("ping", session: ids[999])).status == 200)
        }
    }
}
