import CasterCore
import CasterDeploy
import Logging

/// Answers requests of the protocol, whichever way they came and in whichever revision.
struct MCPServer: Sendable {
    let platform: Platform
    let tools: ToolBox
    let catalog: ToolCatalog

    /// Who asks, and in what form the answer must be.
    struct Caller: Sendable {
        let user: User
        let revision: ProtocolRevision
        let logger: Logger
        /// For a person who asks the operator about a failure.
        let requestID: String
    }

    init(platform: Platform) {
        self.platform = platform
        tools = ToolBox(platform: platform)
        catalog = ToolCatalog(limits: platform.limits)
    }

    /// The tool that a request calls.
    ///
    /// Throws `RPCError.invalidParams` for a call of none (Tools, "Error Handling"); nil for another method.
    func tool(of request: RPCRequest) throws(RPCError) -> ToolBox.Name? {
        guard request.method == "tools/call" else { return nil }
        guard let name = request.params["name"]?.text else { throw .invalidParams("params.name must be a tool's name") }
        guard let tool = ToolBox.Name(rawValue: name) else { throw .invalidParams("Unknown tool: \(name.quoted)") }
        return tool
    }

    /// Carries a request out and returns its `result`.
    ///
    /// - Parameter notify: is handed progress notifications, if the client asked for them.
    ///
    /// Throws `RPCError`, `CancellationError`.
    func result(
        of request: RPCRequest, for caller: Caller, notify: @escaping @Sendable (OrderedJSON) -> Void
    ) async throws -> OrderedJSON {
        let result: OrderedJSON
        if let tool = try tool(of: request) {
            result = try await call(tool, request, for: caller, notify: notify)
        } else {
            result = try answer(to: request, in: caller.revision)
        }
        guard caller.revision.isStateless else { return result }
        // 2026-07-28, Base Protocol, "ResultType" and "Per-response protocol fields".
        return result.with("resultType", "complete")
            .with("_meta", ["io.modelcontextprotocol/serverInfo": Self.serverInfo])
    }

    /// The methods that need nobody.
    private func answer(to request: RPCRequest, in revision: ProtocolRevision) throws(RPCError) -> OrderedJSON {
        switch request.method {
        case "tools/list":
            // There is one page (Pagination, "Error Handling").
            if let cursor = request.params["cursor"], cursor != .null {
                throw .invalidParams("there is no page \(cursor.text?.quoted ?? "of this cursor")")
            }
            let list: OrderedJSON = ["tools": catalog.list(for: revision)]
            return revision.isStateless ? Self.cacheable(list) : list
        case "ping" where !revision.isStateless: return [:]
        case "server/discover" where revision.isStateless:
            return Self.cacheable([
                "supportedVersions": .array(ProtocolRevision.all.map { .string($0.rawValue) }),
                "capabilities": Self.capabilities, "instructions": .string(catalog.instructions),
            ])
        default: throw .unknownMethod(request.method)
        }
    }

    /// What `initialize` answers in a handshake revision (2025-11-25, Lifecycle, "Initialization").
    func initialized(in revision: ProtocolRevision) -> OrderedJSON {
        [
            "protocolVersion": .string(revision.rawValue), "capabilities": Self.capabilities,
            "serverInfo": revision.hasStructuredContent ? Self.serverInfo : Self.serverInfo.without(["title"]),
            "instructions": .string(catalog.instructions),
        ]
    }

    private func call(
        _ tool: ToolBox.Name, _ request: RPCRequest, for caller: Caller,
        notify: @escaping @Sendable (OrderedJSON) -> Void
    ) async throws -> OrderedJSON {
        let progress = request.progressToken.map { Progress(token: $0, revision: caller.revision, notify: notify) }
        let call = ToolBox.Call(user: caller.user, arguments: request.params["arguments"]) { message in
            await progress?.report(message)
        }
        do {
            return try await tools.run(tool, call).json(in: caller.revision)
        } catch let error as CancellationError {
            throw error
        } catch {
            caller.logger.error(
                "a tool failed for a reason inside the platform",
                metadata: ["tool": "\(tool.rawValue)", "error": "\(error)"])
            throw RPCError.internal("something went wrong here, not with you (request \(caller.requestID))")
        }
    }

    private static let capabilities: OrderedJSON = ["tools": [:]]
    private static let serverInfo: OrderedJSON = ["name": "caster", "title": "Caster", "version": "1"]

    /// For an hour, and the same for everybody (2026-07-28, Caching).
    private static func cacheable(_ result: OrderedJSON) -> OrderedJSON {
        result.with("ttlMs", 3_600_000).with("cacheScope", "public")
    }
}

/// The progress of one request: notifications whose number increases (Progress, "Progress Flow").
private actor Progress {
    private let token: OrderedJSON
    private let revision: ProtocolRevision
    private let notify: @Sendable (OrderedJSON) -> Void
    private var count = 0

    init(token: OrderedJSON, revision: ProtocolRevision, notify: @escaping @Sendable (OrderedJSON) -> Void) {
        self.token = token
        self.revision = revision
        self.notify = notify
    }

    func report(_ message: String) {
        count += 1
        var params: OrderedJSON = ["progressToken": token, "progress": .int(count)]
        if revision.hasAnnotations { params = params.with("message", .string(String(message.prefix(500)))) }
        notify(["jsonrpc": "2.0", "method": "notifications/progress", "params": params])
    }
}
