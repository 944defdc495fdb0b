import CasterCore
import Foundation
import HTTPTypes
import Hummingbird

extension HTTPField.Name {
    static let mcpSessionID = Self("Mcp-Session-Id")!
    static let mcpProtocolVersion = Self("MCP-Protocol-Version")!
    static let mcpMethod = Self("Mcp-Method")!
    static let mcpName = Self("Mcp-Name")!
}

/// The forms of an answer that a client takes (Streamable HTTP, "Sending Messages").
struct AcceptedForms {
    let json: Bool
    let eventStream: Bool

    /// A client that says nothing takes JSON. One that takes anything may not know of event streams: it gets none.
    ///
    /// Throws `RequestProblem` (406) for one that takes neither.
    init(_ request: Request) throws(RequestProblem) {
        let ranges = (request.headers[.accept] ?? "*/*").split(separator: ",").compactMap { part -> String? in
            let words = part.split(separator: ";").map { $0.filter { !$0.isWhitespace }.lowercased() }
            return words.dropFirst().contains { $0 == "q=0" || $0 == "q=0.0" } ? nil : words.first
        }
        json = ranges.contains { $0 == "*/*" || $0 == "application/*" || $0 == "application/json" }
        eventStream = ranges.contains("text/event-stream")
        guard json || eventStream else {
            throw RequestProblem(
                status: .notAcceptable, sentence: "Accept must list application/json and text/event-stream",
                headers: [:])
        }
    }
}

/// The headers of the stateless revisions, which repeat parts of the body for whoever stands between (2026-07-28,
/// Streamable HTTP, "Request Metadata").
enum MirroredHeaders {
    /// The methods that name something, and where.
    private static let named = ["tools/call": "name", "prompts/get": "name", "resources/read": "uri"]

    /// Throws `RPCError.invalidParams` for a request without the fields that each must have in `_meta` (Base Protocol,
    /// "Per-request protocol fields"), `.headerMismatch` for headers that are missing or contradict it, and
    /// `.unsupportedVersion`.
    static func check(_ request: RPCRequest, headers: HTTPFields) throws(RPCError) {
        let prefix = "io.modelcontextprotocol/"
        guard request.meta.isObject, let version = request.meta[prefix + "protocolVersion"] else {
            throw .invalidParams("params._meta must have \(prefix)protocolVersion")
        }
        guard let version = version.text else { throw .invalidParams("\(prefix)protocolVersion must be text") }
        guard request.meta[prefix + "clientCapabilities"]?.isObject == true else {
            throw .invalidParams("params._meta must have \(prefix)clientCapabilities, an object")
        }
        try compare(.mcpProtocolVersion, headers[.mcpProtocolVersion], with: version)
        try compare(.mcpMethod, headers[.mcpMethod], with: request.method)
        if let field = named[request.method], let name = request.params[field]?.text {
            try compare(.mcpName, headers[.mcpName].flatMap(decoded), with: name)
        }
        guard ProtocolRevision(rawValue: version)?.isStateless == true else { throw .unsupportedVersion(version) }
    }

    private static func compare(_ name: HTTPField.Name, _ value: String?, with body: String) throws(RPCError) {
        guard let value else { throw .headerMismatch("Header mismatch: \(name) is missing, or cannot be decoded") }
        guard value == body else {
            throw .headerMismatch(
                "Header mismatch: \(name) is \(value.quoted), but the body says \(body.quoted)")
        }
    }

    /// A value as it is, or from `=?base64?…?=` ("Value Encoding"). Nil if that does not decode.
    static func decoded(_ value: String) -> String? {
        guard value.hasPrefix("=?base64?"), value.hasSuffix("?="), value.utf8.count >= 11 else { return value }
        let code = String(value.dropFirst(9).dropLast(2))
        guard let data = Data(base64Encoded: code), data.base64EncodedString() == code else { return nil }
        return String(validating: data, as: UTF8.self)
    }
}
