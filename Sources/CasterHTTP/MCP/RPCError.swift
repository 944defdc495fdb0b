import CasterCore
import HTTPTypes

/// An error as JSON-RPC has it: for what is wrong with a message, not for a tool that did not succeed. `RPCAnswer` turns
/// it into a body, and `status` into HTTP.
struct RPCError: Error {
    let code: Int
    /// One sentence.
    let message: String
    var data: OrderedJSON?
    /// The request's, if it is not known otherwise.
    var id: OrderedJSON?

    static func parse(_ sentence: String) -> Self { Self(code: -32700, message: sentence) }
    static func invalidRequest(_ sentence: String, id: OrderedJSON? = nil) -> Self {
        Self(code: -32600, message: sentence, id: id)
    }
    static func unknownMethod(_ name: String) -> Self {
        Self(code: -32601, message: "there is no method \(name.quoted) here")
    }
    static func invalidParams(_ sentence: String) -> Self { Self(code: -32602, message: sentence) }
    static func `internal`(_ sentence: String) -> Self { Self(code: -32603, message: sentence) }
    /// 2026-07-28, Streamable HTTP, "Server Validation".
    static func headerMismatch(_ sentence: String) -> Self { Self(code: -32020, message: sentence) }
    /// 2026-07-28, Versioning, "Protocol Version Negotiation".
    static func unsupportedVersion(_ requested: String) -> Self {
        Self(
            code: -32022, message: "Unsupported protocol version",
            data: [
                "supported": .array(ProtocolRevision.all.map { .string($0.rawValue) }),
                "requested": .string(requested),
            ])
    }
    /// Outside the range that JSON-RPC and MCP reserve: the client itself asked for it.
    static let stopping = Self(
        code: -32603,
        message: "the server is being restarted: what it accepted goes on by itself; ask get_site for it in a moment")
    static let cancelled = Self(code: -31000, message: "the request was cancelled")

    /// - Parameter isStateless: 2026-07-28 gives each error a status; before, an error is an answer like another, unless
    ///   the message could not be understood at all.
    func status(isStateless: Bool) -> HTTPResponse.Status {
        switch code {
        case -32700, -32600, -32020, -32022: .badRequest
        case -32601 where isStateless: .notFound
        case -32602 where isStateless: .badRequest
        default: .ok
        }
    }
}

/// The two shapes of an answer.
enum RPCAnswer {
    static func result(_ result: OrderedJSON, to id: OrderedJSON) -> OrderedJSON {
        ["jsonrpc": "2.0", "id": id, "result": result]
    }

    static func error(_ error: RPCError, to id: OrderedJSON?) -> OrderedJSON {
        var body: OrderedJSON = ["code": .int(error.code), "message": .string(error.message)]
        if let data = error.data { body = body.with("data", data) }
        return ["jsonrpc": "2.0", "id": id ?? error.id ?? .null, "error": body]
    }
}
