import Foundation

/// A message to the MCP server as bytes on the wire, with the headers that somebody writes by hand.
struct MCPMessage {
    var body: String
    var headers: [String] = []
    var accept = "application/json, text/event-stream"

    init(body: String, headers: [String] = [], accept: String = "application/json, text/event-stream") {
        self.body = body
        self.headers = headers
        self.accept = accept
    }

    /// A request of a handshake revision.
    init(_ method: String, _ params: String = "{}", id: String = "1", session: String? = nil, version: String? = nil) {
        body = #"{"jsonrpc": "2.0", "id": \#(id), "method": "\#(method)", "params": \#(params)}"#
        if let session { headers.append("Mcp-Session-Id: \(session)") }
        if let version { headers.append("MCP-Protocol-Version: \(version)") }
    }

    /// A request of 2026-07-28, with everything that one must have.
    static func stateless(_ method: String, _ params: String = "", name: String? = nil) -> MCPMessage {
        let prefix = "io.modelcontextprotocol"
        let meta = #"{"\#(prefix)/protocolVersion": "2026-07-28", "\#(prefix)/clientCapabilities": {}}"#
        let params = params.isEmpty ? "" : "\(params), "
        var headers = ["MCP-Protocol-Version: 2026-07-28", "Mcp-Method: \(method)"]
        if let name { headers.append("Mcp-Name: \(name)") }
        return MCPMessage(
            body: #"{"jsonrpc": "2.0", "id": 1, "method": "\#(method)", "params": {\#(params)"_meta": \#(meta)}}"#,
            headers: headers)
    }

    var options: [String] {
        ["--header", "Content-Type: application/json", "--header", "Accept: \(accept)", "--data-binary", "@-"]
            + headers.flatMap { ["--header", $0] }
    }
}

extension Account {
    func mcp(_ message: MCPMessage) async throws -> Reply {
        try await curl(message.options, "/mcp", input: Data(message.body.utf8))
    }

    func beginMCP(_ message: MCPMessage) throws -> Program {
        try platform.beginCurl(
            ["--no-buffer"] + message.options, "/mcp", key: apiKey, input: Data(message.body.utf8))
    }

    /// Shakes hands, and returns the session.
    func mcpSession(_ version: String = "2025-11-25") async throws -> String {
        let reply = try await mcp(
            MCPMessage(
                "initialize",
                #"{"protocolVersion": "\#(version)", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}}"#)
        )
        guard reply.status == 200, let session = reply.header("Mcp-Session-Id") else {
            throw UnexpectedReply(what: "initialize", reply: reply)
        }
        return session
    }

    /// Calls a tool as the API reference shows it, and returns the result.
    func tool(_ name: String, _ arguments: String) async throws -> JSON {
        var message = MCPMessage("tools/call", #"{"name": "\#(name)", "arguments": \#(arguments)}"#)
        message.accept = "application/json"
        let reply = try await mcp(message)
        guard reply.status == 200, let result = reply.json["result"] else {
            throw UnexpectedReply(what: "tools/call \(name)", reply: reply)
        }
        return result
    }

    /// Runs a script with the official SDK, `mcp-1` or `mcp-2`, and returns what it printed.
    func sdk(_ generation: String, _ script: String, _ arguments: String...) async throws -> JSON {
        let python = "\(Build.repository)/.build/venvs/\(generation)/bin/python"
        guard FileManager.default.isExecutableFile(atPath: python) else {
            throw TimedOut(what: "\(python) is missing: scripts/test makes it", seen: "")
        }
        let outcome = try await run(
            [python, Build.script(script), "http://localhost:\(platform.edgePort)/api/v1/mcp"] + arguments,
            environment: ["HOME": home, "PYTHONDONTWRITEBYTECODE": "1"], directory: home, merged: false,
            within: .seconds(120)
        ).orThrow(script)
        return try JSONDecoder().decode(JSON.self, from: outcome.output)
    }
}

extension Reply {
    /// The messages of an event stream.
    var messages: [JSON] {
        text.split(separator: "\n").filter { $0.hasPrefix("data: ") }.compactMap {
            try? JSONDecoder().decode(JSON.self, from: Data($0.dropFirst(6).utf8))
        }
    }
}
