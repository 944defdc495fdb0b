import Foundation
import Testing

/// What is wrong with a message or a request, and how the server says so, in every revision.
@Suite(.timeLimit(.minutes(2)))
struct MessageTests {
    @Test func messagesThatAreNone() async throws {
        try await withPlatform { platform in
            let account = try await platform.account(addsKey: false)
            let cases: [(body: String, status: Int, code: Double, id: JSON)] = [
                ("", 400, -32700, .null), ("{", 400, -32700, .null), ("{}{}", 400, -32700, .null),
                (String(repeating: "[", count: 100_000), 400, -32700, .null),
                ("{\"jsonrpc\": \"2.0\", \"id\": 1, \"method\": \"\u{1}\"}", 400, -32700, .null),
                ("7", 400, -32600, .null), ("null", 400, -32600, .null),
                (#"{"id": 5, "method": "ping"}"#, 400, -32600, .number(5)),
                (#"{"jsonrpc": "1.0", "id": 5, "method": "ping"}"#, 400, -32600, .number(5)),
                (#"{"jsonrpc": "2.0", "id": null, "method": "ping"}"#, 400, -32600, .null),
                (#"{"jsonrpc": "2.0", "id": 1.5, "method": "ping"}"#, 400, -32600, .null),
                (#"{"jsonrpc": "2.0", "id": [], "method": "ping"}"#, 400, -32600, .null),
                (#"{"jsonrpc": "2.0", "id": 5, "method": 7}"#, 400, -32600, .number(5)),
                (#"{"jsonrpc": "2.0", "id": 5, "method": "ping", "params": [1]}"#, 400, -32600, .number(5)),
                (#"{"jsonrpc": "2.0", "id": 5}"#, 400, -32600, .number(5)),
                (#"{"jsonrpc": "2.0", "id": 5, "method": "nothing"}"#, 200, -32601, .number(5)),
                (#"{"jsonrpc": "2.0", "id": 5, "method": "server/discover"}"#, 200, -32601, .number(5)),
                (#"{"jsonrpc": "2.0", "id": 5, "method": "resources/list"}"#, 200, -32601, .number(5)),
                (#"{"jsonrpc": "2.0", "id": 5, "method": "tools/call"}"#, 200, -32602, .number(5)),
                (
                    #"{"jsonrpc": "2.0", "id": 5, "method": "tools/call", "params": {"name": "x"}}"#, 200, -32602,
                    .number(5)
                ),
                (
                    #"{"jsonrpc": "2.0", "id": 5, "method": "tools/list", "params": {"cursor": "x"}}"#, 200, -32602,
                    .number(5)
                ),
            ]
            for (body, status, code, id) in cases {
                let reply = try await account.mcp(MCPMessage(body: body))
                #expect(reply.status == status, "\(body.prefix(100))")
                #expect(reply.json["error"]?["code"] == .number(code), "\(body.prefix(100)): \(reply.text)")
                #expect(reply.json["error"]?["message"]?.string?.isEmpty == false)
                #expect(reply.json["id"] == id, "\(body.prefix(100))")
                #expect(reply.json["jsonrpc"] == .string("2.0"))
            }
        }
    }

    @Test func requestsThatAreRefused() async throws {
        try await withPlatform { platform in
            let account = try await platform.account(addsKey: false)
            let ping = MCPMessage("ping")
            // 2025-11-25, Transports, "Security Warning".
            for origin in ["https://evil.example", "null", "http://caster.localhost.evil.example"] {
                let reply = try await account.mcp(MCPMessage(body: ping.body, headers: ["Origin: \(origin)"]))
                expectError(reply, 403, "not accepted")
            }
            let ours = MCPMessage(body: ping.body, headers: ["Origin: http://localhost:\(platform.edgePort)"])
            #expect(try await account.mcp(ours).status == 200)
            // "Protocol Version Header".
            for version in ["1999-01-01", "x"] {
                let reply = try await account.mcp(MCPMessage("ping", version: version))
                #expect(reply.status == 400, "\(version)")
                #expect(reply.json["error"]?["code"] == .number(-32022))
                #expect(reply.json["error"]?["data"]?["supported"]?.array?.count == 5)
            }
            // "Sending Messages": the forms of an answer.
            for (accept, status, type) in [
                ("application/json, text/event-stream", 200, "application/json"),
                ("text/event-stream", 200, "text/event-stream"), ("application/json", 200, "application/json"),
                ("*/*", 200, "application/json"), ("text/event-stream, application/json;q=0", 200, "text/event-stream"),
                ("text/html", 406, "application/json"),
            ] {
                let reply = try await account.mcp(MCPMessage(body: ping.body, accept: accept))
                #expect(reply.status == status, "\(accept)")
                #expect(reply.header("Content-Type")?.hasPrefix(type) == true, "\(accept)")
                if type == "text/event-stream" { #expect(reply.messages.map { $0["result"] } == [.object([:])]) }
            }
            let text = try await account.curl(
                ["--header", "Content-Type: text/plain", "--data-binary", ping.body], "/mcp")
            expectError(text, 415, "application/json")
            for method in ["PUT", "PATCH"] {
                let reply = try await account.curl(["--request", method], "/mcp")
                expectError(reply, 405, "")
                #expect(reply.header("Allow") == "DELETE, GET, HEAD, POST")
            }
            for key in [nil, "nonsense"] {
                let reply = try await platform.curl(ping.options, "/mcp", key: key, input: Data(ping.body.utf8))
                expectError(reply, 401, "")
                #expect(reply.header("WWW-Authenticate")?.hasPrefix("Bearer") == true)
            }
        }
    }

    /// 2026-07-28, Streamable HTTP and Base Protocol.
    @Test func stateless() async throws {
        try await withPlatform { platform in
            let account = try await platform.account(addsKey: false)
            let discovered = try await account.mcp(.stateless("server/discover"))
            #expect(discovered.status == 200)
            let result = try #require(discovered.json["result"])
            #expect(result["resultType"] == .string("complete"))
            #expect(result["supportedVersions"]?.array?.first == .string("2026-07-28"))
            #expect(result["cacheScope"] == .string("public"))
            #expect(result["ttlMs"]?.number ?? 0 > 0)
            #expect(result["_meta"]?["io.modelcontextprotocol/serverInfo"]?["name"] == .string("caster"))
            #expect(discovered.header("Mcp-Session-Id") == nil)

            let list = try await account.mcp(.stateless("tools/list"))
            #expect(list.json["result"]?["ttlMs"] != nil)
            #expect(list.json["result"]?["tools"]?.array?.count == SDKTests.tools.count)
            let call = try await account.mcp(
                .stateless("tools/call", #""name": "list_sites", "arguments": {}"#, name: "list_sites"))
            #expect(call.json["result"]?["structuredContent"]?["sites"] == .array([]))
            let coded = try await account.mcp(
                .stateless("tools/call", #""name": "list_sites""#, name: "=?base64?bGlzdF9zaXRlcw==?="))
            #expect(coded.status == 200)

            // A session is not looked at.
            var message = MCPMessage.stateless("tools/list")
            message.headers.append("Mcp-Session-Id: nonsense")
            #expect(try await account.mcp(message).status == 200)
            for method in ["GET", "DELETE"] {
                let reply = try await account.curl(
                    ["--request", method, "--header", "MCP-Protocol-Version: 2026-07-28"], "/mcp")
                expectError(reply, 405, "")
                #expect(reply.header("Allow") == "POST")
            }
            for method in ["initialize", "ping", "nothing", "subscriptions/listen"] {
                let reply = try await account.mcp(.stateless(method))
                #expect(reply.status == 404, "\(method)")
                #expect(reply.json["error"]?["code"] == .number(-32601))
            }
            let note = MCPMessage(
                body: #"{"jsonrpc": "2.0", "method": "notifications/x"}"#, headers: ["MCP-Protocol-Version: 2026-07-28"]
            )
            #expect(try await account.mcp(note).status == 202)
            let unknown = try await account.mcp(.stateless("tools/call", #""name": "x""#, name: "x"))
            #expect(unknown.status == 400)
            #expect(unknown.json["error"]?["code"] == .number(-32602))
        }
    }

    /// 2026-07-28, Streamable HTTP, "Server Validation"; Base Protocol, "Per-request protocol fields".
    @Test func headersThatContradictTheBody() async throws {
        try await withPlatform { platform in
            let account = try await platform.account(addsKey: false)
            let call = MCPMessage.stateless("tools/call", #""name": "list_sites""#, name: "list_sites")
            func expect(_ code: Double, _ what: String, _ change: (inout MCPMessage) -> Void) async throws {
                var message = call
                change(&message)
                let reply = try await account.mcp(message)
                #expect(reply.status == 400, "\(what)")
                #expect(reply.json["error"]?["code"] == .number(code), "\(what): \(reply.text)")
                #expect(reply.json["id"] == .number(1), "\(what)")
            }
            for (index, name) in ["MCP-Protocol-Version", "Mcp-Method", "Mcp-Name"].enumerated() {
                try await expect(-32020, "no \(name)") { $0.headers.remove(at: index) }
                try await expect(-32020, "twice \(name)") { $0.headers.append($0.headers[index]) }
                if index > 0 { try await expect(-32020, "another \(name)") { $0.headers[index] = "\(name): other" } }
            }
            try await expect(-32020, "another version") { $0.headers[0] = "MCP-Protocol-Version: 2025-11-25" }
            try await expect(-32020, "not base64") { $0.headers[2] = "Mcp-Name: =?base64?%%?=" }
            try await expect(-32602, "no version") {
                $0.body = $0.body.replacing(#""io.modelcontextprotocol/protocolVersion": "2026-07-28", "#, with: "")
            }
            try await expect(-32602, "no capabilities") {
                $0.body = $0.body.replacing(#", "io.modelcontextprotocol/clientCapabilities": {}"#, with: "")
            }
            for version in ["2025-11-25", "2099-01-01"] {
                try await expect(-32022, "unsupported") {
                    $0.body = $0.body.replacing("2026-07-28", with: version)
                    $0.headers[0] = "MCP-Protocol-Version: \(version)"
                }
            }
            try await expect(-32600, "a response") {
                $0.body = #"{"jsonrpc": "2.0", "id": 1, "result": {}}"#
            }
        }
    }
}
