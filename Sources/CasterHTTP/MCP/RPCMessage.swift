/// A JSON-RPC 2.0 message as a client sends it (specification §4; MCP: Base Protocol, "Messages").
enum RPCMessage {
    case request(RPCRequest)
    case notification(method: String, params: OrderedJSON)
    /// An answer to a request of ours: we make none, so it answers nothing.
    case response

    /// Throws `RPCError.invalidRequest` for what is none, with its ID if it has one.
    init(_ json: OrderedJSON) throws(RPCError) {
        let id = json["id"]
        func invalid(_ sentence: String) -> RPCError {
            .invalidRequest(sentence, id: id.flatMap { $0.isRequestID ? $0 : nil })
        }
        guard json.isObject else { throw invalid("a message is a JSON object") }
        guard json["jsonrpc"]?.text == "2.0" else { throw invalid("jsonrpc must be \"2.0\"") }
        guard let method = json["method"] else {
            guard id != nil, (json["result"] == nil) != (json["error"] == nil) else {
                throw invalid("method is missing")
            }
            self = .response
            return
        }
        guard let method = method.text else { throw invalid("method must be text") }
        let params = json["params"] ?? [:]
        guard params.isObject else { throw invalid("params must be an object") }
        guard let id else {
            self = .notification(method: method, params: params)
            return
        }
        // MCP narrows JSON-RPC here: no null, no fractions.
        guard id.isRequestID else { throw invalid("id must be text or a whole number") }
        self = .request(RPCRequest(id: id, method: method, params: params))
    }
}

/// A request, which is answered once.
struct RPCRequest: Sendable {
    /// Text or a whole number.
    let id: OrderedJSON
    let method: String
    /// An object.
    let params: OrderedJSON

    var meta: OrderedJSON { params["_meta"] ?? .null }

    /// What the client wants its progress notifications marked with; nil if it wants none (Progress, "Progress Flow").
    var progressToken: OrderedJSON? {
        guard let token = meta["progressToken"], token.isRequestID else { return nil }
        return token
    }
}

extension OrderedJSON {
    /// Text or a whole number.
    var isRequestID: Bool {
        switch self {
        case .string: true
        case .number(let digits): digits.utf8.allSatisfy { "-0123456789".utf8.contains($0) }
        default: false
        }
    }
}
