import Foundation
import Testing

/// What the tools say when something is not as it should be.
@Suite(.timeLimit(.minutes(2)))
struct ToolTests {
    @Test func argumentsAreNamedWhereTheyAreWrong() async throws {
        try await withPlatform { platform in
            let account = try await platform.account(addsKey: false)
            let site = try await account.createSite()
            for (tool, arguments, words) in [
                ("deploy_site", "{}", "files is missing"), ("deploy_site", #"{"files": []}"#, "at least one file"),
                ("deploy_site", #"{"files": 7}"#, "files must be a list"),
                ("deploy_site", #"{"files": [{"content": ""}]}"#, "files[0].name is missing"),
                ("deploy_site", #"{"files": [{"name": "a", "content": 7}]}"#, "files[0].content must be text"),
                ("deploy_site", #"{"files": [{"name": "../a", "content": ""}]}"#, "cannot be a file's path"),
                ("deploy_site", #"{"files": [{"name": "a", "content": "%", "encoding": "base64"}]}"#, "not base64"),
                ("deploy_site", #"{"files": [{"name": "a", "content": "", "mode": "x"}]}"#, "a field \"mode\""),
                ("deploy_site", #"{"files": [{"name": "a", "content": ""}], "name": "x"}"#, "no argument \"name\""),
                ("deploy_site", #"{"files": [{"name": "a", "content": ""}], "site": "nobodys1"}"#, "no such site"),
                ("get_site", "{}", "site is missing"), ("get_site", #"{"site": 7}"#, "site must be text"),
                ("get_site", #"{"site": "nobodys-site"}"#, "no such site"),
                ("list_sites", #"{"limit": 0}"#, "limit must be a whole number from 1 to 1000"),
                ("list_sites", #"{"limit": 1.5}"#, "limit must be a whole number"),
                ("get_deployment_logs", #"{"site": "\#(site.short)"}"#, "no deployments yet"),
                ("get_deployment_logs", #"{"site": "\#(site.short)", "deployment_id": 9}"#, "no such deployment"),
                ("read_site_files", #"{"site": "\#(site.short)"}"#, "no files yet"),
                ("rollback_site", #"{"site": "\#(site.short)"}"#, "deployment_id is missing"),
                ("rename_site", #"{"site": "\#(site.short)", "name": "x"}"#, "8 to 63 characters"),
                ("patch_site_files", #"{"site": "\#(site.short)", "base": "x"}"#, "at least one file"),
            ] {
                let result = try await account.tool(tool, arguments)
                let text = result["content"]?.array?.first?["text"]?.string ?? ""
                #expect(result["isError"] == .bool(true), "\(tool) \(arguments)")
                #expect(text.contains(words), "\(tool) \(arguments): \(text)")
                #expect(text.contains("\nStage: request"))
                #expect(text.contains("\nNext: "))
            }
            // A refused first deploy leaves no site behind.
            let sites = try await account.api("GET", "/sites").json.array
            #expect(sites?.count == 1)
        }
    }

    @Test func anotherTenantSeesNothing() async throws {
        try await withPlatform { platform in
            let alice = try await platform.account(addsKey: false)
            let bob = try await platform.account(addsKey: false)
            let site = try await alice.createSite()
            let id = try await site.pastePage("hers")
            let base = try #require(try await site.deployment(id)["commit_sha"]?.string)
            for identifier in [site.short, "00000000"] {
                for (tool, rest) in [
                    ("get_site", ""), ("get_deployment_logs", #", "deployment_id": \#(id)"#), ("read_site_files", ""),
                    ("rollback_site", #", "deployment_id": \#(id)"#), ("rename_site", #", "name": "taken-over""#),
                    ("delete_site", ""), ("deploy_site", #", "files": [{"name": "index.html", "content": "evil"}]"#),
                    ("patch_site_files", #", "base": "\#(base)", "delete": ["index.html"]"#),
                ] {
                    let result = try await bob.tool(tool, #"{"site": "\#(identifier)"\#(rest)}"#)
                    #expect(result["isError"] == .bool(true), "\(tool)")
                    let text = result["content"]?.array?.first?["text"]?.string ?? ""
                    #expect(text.contains("there is no such site among yours"), "\(tool): \(text)")
                }
            }
            #expect(try await bob.tool("list_sites", "{}")["structuredContent"] == nil, "2025-03-26 has none")
            let listed = try await bob.mcp(
                .stateless("tools/call", #""name": "list_sites""#, name: "list_sites"))
            #expect(listed.json["result"]?["structuredContent"]?["sites"] == .array([]))
            #expect(try await site.get().text == "hers")
        }
    }

    /// The worker is away: the tool says so when its time is over, the deployment goes on, and cancelling ends the wait.
    @Test func waitingForADeployment() async throws {
        try await withPlatform(roles: .apart, settings: ["CASTER_MCP_DEPLOY_TIMEOUT": "1"]) { platform in
            let account = try await platform.account(addsKey: false)
            let site = try await account.createSite()
            try await platform.kill(.build)
            let files = #""files": [{"name": "index.html", "content": "late"}]"#
            let result = try await account.tool("deploy_site", #"{"site": "\#(site.short)", \#(files)}"#)
            #expect(result["isError"] == .bool(false))
            let text = try #require(result["content"]?.array?.first?["text"]?.string)
            let waiting = try JSONDecoder().decode(JSON.self, from: Data(text.utf8))
            #expect(waiting["status"] == .string("pending"))
            #expect(waiting["next"]?.string?.contains("get_deployment_logs") == true)
            try platform.start(.build)
            let id = try #require(waiting["deployment_id"]?.number)
            #expect(try await site.untilEnded(id)["status"] == .string("live"))
            #expect(try await site.deployment(id)["source"] == .string("mcp"))
        }
        try await withPlatform(roles: .apart) { platform in
            let account = try await platform.account(addsKey: false)
            try await platform.kill(.build)
            let session = try await account.mcpSession()
            let files = #""files": [{"name": "index.html", "content": "late"}]"#
            let params = #"{"name": "deploy_site", "arguments": {\#(files)}, "_meta": {"progressToken": "p"}}"#
            let message = MCPMessage("tools/call", params, id: "77", session: session, version: "2025-11-25")
            let waiting = try account.beginMCP(message)
            try await eventually("no progress came") { waiting.printed.contains(#""message":"pending""#) }
            // Another's cancellation, and one of another request, are nobody's.
            let other = try await platform.account(addsKey: false)
            let cancel = #"{"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 77}}"#
            for (who, session) in [(other, try await other.mcpSession()), (account, try await account.mcpSession())] {
                let reply = try await who.mcp(MCPMessage(body: cancel, headers: ["Mcp-Session-Id: \(session)"]))
                #expect(reply.status == 202)
            }
            #expect(waiting.outcome == nil)
            let reply = try await account.mcp(MCPMessage(body: cancel, headers: ["Mcp-Session-Id: \(session)"]))
            #expect(reply.status == 202)
            let ended = try await waiting.reply()
            #expect(ended.messages.allSatisfy { $0["method"] == .string("notifications/progress") }, "no answer")

            // The same, where the client takes no stream: it is told.
            var plain = message
            plain.accept = "application/json"
            let second = try account.beginMCP(plain)
            try await eventually("it was not cancelled") {
                _ = try await account.mcp(MCPMessage(body: cancel, headers: ["Mcp-Session-Id: \(session)"]))
                return second.outcome != nil
            }
            #expect(try await second.reply().json["error"]?["message"]?.string?.contains("cancelled") == true)
            // What was accepted goes on.
            try platform.start(.build)
            try await eventually("it did not go live") {
                try await account.api("GET", "/sites").json.array?.count == 2
            }
        }
    }

    /// 2026-07-28, Streamable HTTP, "Cancellation": closing the stream is enough.
    @Test func aClientThatLeaves() async throws {
        try await withPlatform(roles: .apart) { platform in
            let account = try await platform.account(addsKey: false)
            try await platform.kill(.build)
            let http = try #require(platform.pid(.http))
            func sockets() throws -> Int {
                let folder = "/proc/\(http)/fd"
                return try FileManager.default.contentsOfDirectory(atPath: folder).filter { name in
                    let target = try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\(name)")
                    return target?.hasPrefix("socket:") == true
                }.count
            }
            _ = try await account.api("GET", "/me")
            let before = try sockets()
            let files = #""files": [{"name": "index.html", "content": "late"}]"#
            let call = MCPMessage.stateless(
                "tools/call", #""name": "deploy_site", "arguments": {\#(files)}"#, name: "deploy_site")
            let waiting = try (0..<8).map { _ in try account.beginMCP(call) }
            for program in waiting {
                try await eventually("the stream did not begin") { program.printed.contains("text/event-stream") }
            }
            #expect(try sockets() >= before + 6)
            for program in waiting { program.signal(SIGTERM) }
            // The next sign of life finds out.
            try await eventually("the connections stay", within: .seconds(40)) { try sockets() <= before + 2 }
        }
    }

    /// A log is a stranger's text: what would steer a terminal is gone, and no more than was asked for comes.
    @Test func logs() async throws {
        try await withPlatform { platform in
            let account = try await platform.account(addsKey: false)
            let site = try await account.createSite()
            let id = try await site.pastePage("one")
            let log = "\(platform.dataFolder)/logs/\(id).log"
            let lines = (0..<1000).map { "line \($0) \u{1b}[31mred\u{1b}[0m\u{7}\u{1b}]0;title\u{7}\r\n" }.joined()
            try Data(lines.utf8).write(to: URL(filePath: log))
            let reply = try await account.mcp(
                .stateless(
                    "tools/call",
                    #""name": "get_deployment_logs", "arguments": {"site": "\#(site.short)", "max_bytes": 100}"#,
                    name: "get_deployment_logs"))
            let shown = try #require(reply.json["result"]?["structuredContent"])
            let text = try #require(shown["log"]?.string)
            #expect(text.hasSuffix("line 999 red\n"))
            #expect(text.utf8.count <= 100)
            #expect(text.hasPrefix("line 99"))
            #expect(shown["truncated"] == .bool(true))
            #expect(shown["status"] == .string("live"))
        }
    }
}
