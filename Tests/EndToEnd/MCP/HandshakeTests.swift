import Foundation
import Testing

/// The revisions that begin with `initialize`, rule by rule, in raw HTTP.
@Suite(.timeLimit(.minutes(2)))
struct HandshakeTests {
    private static let revisions = ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"]

    /// 2025-11-25, Lifecycle, "Version Negotiation".
    @Test func versionsAreNegotiated() async throws {
        try await withPlatform { platform in
            let account = try await platform.account(addsKey: false)
            let offers = Self.revisions.map { ($0, $0) } + ["2026-07-28", "1999-01-01", "x"].map { ($0, "2025-11-25") }
            for (asked, offered) in offers {
                let reply = try await account.mcp(
                    MCPMessage("initialize", #"{"protocolVersion": "\#(asked)", "capabilities": {}}"#, id: #""é""#))
                #expect(reply.status == 200)
                #expect(reply.json["id"] == .string("é"))
                let result = try #require(reply.json["result"])
                #expect(result["protocolVersion"] == .string(offered), "\(asked)")
                #expect(result["capabilities"] == .object(["tools": .object([:])]))
                #expect(result["serverInfo"]?["name"] == .string("caster"))
                let session = try #require(reply.header("Mcp-Session-Id"))
                #expect(session.utf8.allSatisfy { (0x21...0x7e).contains($0) })

                // What a tool looks like depends on the revision.
                let list = try await account.mcp(MCPMessage("tools/list", session: session, version: offered))
                let tools = try #require(list.json["result"]?["tools"]?.array)
                #expect(tools.map { $0["name"]?.string } == SDKTests.tools)
                let fields = tools.map(\.names).reduce(into: Set<String>()) { $0.formUnion($1) }
                var expected: Set = ["name", "description", "inputSchema"]
                if offered >= "2025-03-26" { expected.insert("annotations") }
                if offered >= "2025-06-18" { expected.formUnion(["title", "outputSchema"]) }
                #expect(fields == expected, "\(offered)")
                let again = try await account.mcp(MCPMessage("tools/list", session: session, version: offered))
                #expect(again.body == list.body, "the same bytes each time")
                let ping = try await account.mcp(MCPMessage("ping", session: session, version: offered))
                #expect(ping.json["result"] == .object([:]))
                let call = try await account.mcp(
                    MCPMessage("tools/call", #"{"name": "list_sites"}"#, session: session, version: offered))
                let result2 = try #require(call.json["result"])
                #expect((result2["structuredContent"] != nil) == (offered >= "2025-06-18"))
                #expect(result2["resultType"] == nil)
            }
            for params in ["{}", #"{"protocolVersion": 7}"#] {
                let reply = try await account.mcp(MCPMessage("initialize", params))
                #expect(reply.json["error"]?["code"] == .number(-32602))
            }
        }
    }

    /// 2025-11-25, Transports, "Session Management".
    @Test func sessions() async throws {
        try await withPlatform { platform in
            let account = try await platform.account(addsKey: false)
            let session = try await account.mcpSession()
            let list = MCPMessage("tools/list", session: session, version: "2025-11-25")
            #expect(try await account.mcp(list).status == 200)
            let note = MCPMessage(
                body: #"{"jsonrpc": "2.0", "method": "notifications/initialized"}"#,
                headers: ["Mcp-Session-Id: \(session)"])
            let noted = try await account.mcp(note)
            #expect(noted.status == 202)
            #expect(noted.body.isEmpty)
            let answered = try await account.mcp(
                MCPMessage(body: #"{"jsonrpc": "2.0", "id": 1, "result": {}}"#, headers: ["Mcp-Session-Id: \(session)"])
            )
            #expect(answered.status == 202)

            // Who names a revision must name the session too; another one's, or none, is no session.
            expectError(try await account.mcp(MCPMessage("tools/list", version: "2025-11-25")), 400, "Mcp-Session-Id")
            expectError(try await account.mcp(MCPMessage("tools/list", session: "nonsense")), 404, "no such session")
            let other = try await platform.account(addsKey: false)
            expectError(try await other.mcp(list), 404, "no such session")
            let delete = ["--request", "DELETE", "--header", "Mcp-Session-Id: \(session)"]
            expectError(try await other.curl(delete, "/mcp"), 404, "no such session")
            expectError(try await account.curl(["--request", "DELETE"], "/mcp"), 400, "Mcp-Session-Id")

            let deleted = try await account.curl(delete, "/mcp")
            #expect(deleted.status == 204)
            expectError(try await account.mcp(list), 404, "begin with initialize")
            expectError(try await account.curl(delete, "/mcp"), 404, "")
        }
    }

    /// The API reference: GET returns a session ID.
    @Test func getBeginsASession() async throws {
        try await withPlatform { platform in
            let account = try await platform.account(addsKey: false)
            for options in [[], ["--header", "Accept: application/json"]] {
                let reply = try await account.curl(options, "/mcp")
                #expect(reply.status == 200)
                let session = try #require(reply.json["session_id"]?.string)
                #expect(reply.header("Mcp-Session-Id") == session)
                let hello = try await account.mcp(
                    MCPMessage("initialize", #"{"protocolVersion": "2025-06-18"}"#, session: session))
                #expect(hello.header("Mcp-Session-Id") == session)
                let list = try await account.mcp(MCPMessage("tools/list", session: session, version: "2025-06-18"))
                #expect(list.status == 200)
            }
            // The example request of the reference, as it stands there: no handshake, no session.
            let example = """
                {
                  "jsonrpc": "2.0",
                  "id": 1,
                  "method": "tools/call",
                  "params": {
                    "name": "deploy_site",
                    "arguments": {
                      "files": [{"name": "index.html", "content": "<h1>Hello</h1>"}]
                    }
                  }
                }
                """
            let reply = try await platform.api("POST", "/mcp", key: account.apiKey, body: example)
            #expect(reply.status == 200)
            #expect(reply.header("Content-Type") == "application/json")
            let text = try #require(reply.json["result"]?["content"]?.array?.first?["text"]?.string)
            let url = try #require(try JSONDecoder().decode(JSON.self, from: Data(text.utf8))["url"]?.string)
            #expect(
                try await platform.get(host: String(url.split(separator: "/")[1].split(separator: ":")[0])).text
                    == "<h1>Hello</h1>")
        }
    }

    /// The stream of a session stays open, and ends with it.
    @Test func eventStream() async throws {
        try await withPlatform { platform in
            let account = try await platform.account(addsKey: false)
            let session = try await account.mcpSession()
            let accept = ["--no-buffer", "--header", "Accept: application/json, text/event-stream"]
            let named = accept + ["--header", "Mcp-Session-Id: \(session)"]
            let stream = try platform.beginCurl(named, "/mcp", key: account.apiKey)
            try await eventually("the stream did not begin") { stream.printed.contains("text/event-stream") }
            #expect(stream.printed.contains("HTTP/1.1 200"))
            #expect(stream.outcome == nil)
            expectError(
                try await account.curl(accept + ["--header", "MCP-Protocol-Version: 2025-11-25"], "/mcp"), 400,
                "Mcp-Session-Id")
            expectError(
                try await account.curl(accept + ["--header", "Mcp-Session-Id: none"], "/mcp"), 404, "no such session")
            #expect(try await account.mcp(MCPMessage("ping", session: session)).status == 200)
            #expect(stream.outcome == nil)
            // It ends with its session, at once.
            let options = ["--request", "DELETE", "--header", "Mcp-Session-Id: \(session)"]
            #expect(try await account.curl(options, "/mcp").status == 204)
            #expect(try await stream.wait(within: .seconds(5)).status == 0)
        }
        try await withPlatform(settings: ["CASTER_MCP_STREAMS_PER_USER": "2"]) { platform in
            let account = try await platform.account(addsKey: false)
            let session = try await account.mcpSession()
            let options = [
                "--no-buffer", "--header", "Accept: text/event-stream", "--header", "Mcp-Session-Id: \(session)",
            ]
            let streams = try (0..<2).map { _ in try platform.beginCurl(options, "/mcp", key: account.apiKey) }
            for stream in streams {
                try await eventually("the stream did not begin") { stream.printed.contains("text/event-stream") }
            }
            expectError(try await account.curl(options, "/mcp"), 429, "CASTER_MCP_STREAMS_PER_USER")
            // Another account is not concerned, and a place is free again once a client has left.
            _ = try await platform.account(addsKey: false).mcpSession()
            streams[0].signal(SIGTERM)
            let again = try await eventually("no place became free") { () -> Program? in
                let stream = try platform.beginCurl(options, "/mcp", key: account.apiKey)
                try await eventually("no answer") { stream.printed.contains("\r\n\r\n") }
                if stream.printed.contains("HTTP/1.1 200") { return stream }
                try await stream.wait()
                return nil
            }
            again.signal(SIGTERM)
            streams[1].signal(SIGTERM)
        }
    }

    /// 2024-11-05, "HTTP with SSE": a stream that says where to post, and that brings the answers.
    @Test func theOlderTransport() async throws {
        try await withPlatform { platform in
            let account = try await platform.account(addsKey: false)
            let stream = try platform.beginCurl(
                ["--no-buffer", "--header", "Accept: text/event-stream"], "/mcp", key: account.apiKey)
            let place = try await eventually("no endpoint was told") {
                stream.printed.firstMatch(of: /event: endpoint\ndata: (\/api\/v1\/mcp\?session_id=[0-9a-f]{32})\n\n/)
                    .map { String($0.1) }
            }
            func post(_ message: MCPMessage, key: String? = nil) async throws -> Reply {
                try await platform.curl(
                    message.options, "/\(place)", key: key ?? account.apiKey, input: Data(message.body.utf8))
            }
            /// The answer with this ID.
            func answer(_ id: Double) async throws -> JSON {
                try await eventually("no answer \(id)") { () -> JSON? in
                    stream.printed.split(separator: "\n").filter { $0.hasPrefix("data: {") }
                        .compactMap { try? JSONDecoder().decode(JSON.self, from: Data($0.dropFirst(6).utf8)) }
                        .first { $0["id"] == .number(id) }
                }
            }
            let hello = MCPMessage(
                "initialize",
                #"{"protocolVersion": "2024-11-05", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}}"#)
            #expect(try await post(hello).status == 202)
            #expect(try await answer(1)["result"]?["protocolVersion"] == .string("2024-11-05"))
            #expect(try await post(MCPMessage("tools/call", #"{"name": "list_sites"}"#, id: "2")).status == 202)
            #expect(try await answer(2)["result"]?["content"]?.array?.count == 1)
            #expect(try await answer(2)["result"]?["structuredContent"] == nil, "it has none in this revision")
            #expect(try await post(MCPMessage("nothing", id: "3")).status == 202)
            #expect(try await answer(3)["error"]?["code"] == .number(-32601))
            #expect(try await post(MCPMessage(body: "{")).status == 400)
            // Nobody else's, and nobody's once the stream has ended.
            let stranger = try await platform.account(addsKey: false)
            expectError(try await post(MCPMessage("ping", id: "4"), key: stranger.apiKey), 404, "no such session")
            stream.signal(SIGTERM)
            try await eventually("the session is still there") {
                try await post(MCPMessage("ping", id: "5")).status == 404
            }
        }
    }

    /// 2025-03-26, "Batching"; 2025-06-18's change log.
    @Test func batches() async throws {
        try await withPlatform(settings: ["CASTER_MCP_BATCH": "3"]) { platform in
            let account = try await platform.account(addsKey: false)
            let ping = #"{"jsonrpc": "2.0", "id": "a", "method": "ping"}"#
            let note = #"{"jsonrpc": "2.0", "method": "notifications/x"}"#
            for version in Self.revisions where version != "2025-03-26" {
                let session = try await account.mcpSession(version)
                let reply = try await account.mcp(
                    MCPMessage(body: "[\(ping)]", headers: ["Mcp-Session-Id: \(session)"]))
                #expect(reply.status == 400)
                #expect(reply.json["error"]?["code"] == .number(-32600), "\(version)")
            }
            let session = try await account.mcpSession("2025-03-26")
            func batch(_ items: String..., accept: String = "application/json, text/event-stream") async throws -> Reply
            {
                try await account.mcp(
                    MCPMessage(
                        body: "[\(items.joined(separator: ","))]", headers: ["Mcp-Session-Id: \(session)"],
                        accept: accept))
            }
            let list = #"{"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": {"name": "list_sites"}}"#
            let answers = try await batch(ping, note, list)
            #expect(answers.status == 200)
            #expect(answers.json.array?.map { $0["id"] } == [.string("a"), .number(2)])
            #expect(try await batch(ping, list, accept: "text/event-stream").messages.count == 2)
            #expect(try await batch(note).status == 202)
            for (body, count) in [("7", 1), (#"{"jsonrpc": "2.0", "id": 3, "method": "initialize"}"#, 1)] {
                let reply = try await batch(body)
                #expect(reply.json.array?.count == count)
                #expect(reply.json.array?.first?["error"]?["code"] == .number(-32600))
                #expect(reply.status == 400)
            }
            #expect(try await batch().json["error"]?["code"] == .number(-32600))
            let many = try await batch(ping, ping, ping, ping)
            #expect(many.status == 400)
            #expect(many.text.contains("CASTER_MCP_BATCH"))
        }
    }
}
