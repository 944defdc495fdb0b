import CasterCore
import CasterDeploy
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import ServiceLifecycle

/// `mcp`: the Streamable HTTP transport of every revision since 2025-03-26, and the one that 2024-11-05 had.
struct MCPAPI: Sendable {
    let platform: Platform
    let server: MCPServer
    let sessions: MCPSessions
    let inFlight = RequestsInFlight()

    init(platform: Platform) {
        self.platform = platform
        server = MCPServer(platform: platform)
        sessions = MCPSessions(limits: platform.limits)
    }

    /// A new session (as the API reference has it); for who wants an event stream, that of its session, on which we have
    /// nothing to say of our own (2025-11-25, Transports, "Listening for Messages from the Server").
    func get(_ request: Request, context: APIContext) throws -> Response {
        let user = try context.requireUser()
        try checkRevision(of: request)
        // Watching the connection of a request whose body nobody reads would never end.
        guard request.headers[.contentLength] ?? "0" == "0", request.headers[.transferEncoding] == nil else {
            throw RequestProblem(status: .badRequest, sentence: "a GET of this URL has no body", headers: [:])
        }
        guard try AcceptedForms(request).eventStream else {
            let session = sessions.begin(for: user, revision: nil)
            return Self.json(
                ["session_id": .string(session.id)], headers: [.mcpSessionID: session.id, .cacheControl: "no-store"])
        }
        guard let lease = StreamLease(of: user, in: sessions) else {
            throw Refusal.tooManyRequests(
                "an account has at most \(platform.limits.mcpStreamsPerUser) streams (CASTER_MCP_STREAMS_PER_USER)",
                retryAfter: 60)
        }
        // Who asks for a stream and knows of no session speaks the older transport.
        let isOld = request.headers[.mcpSessionID] == nil && request.headers[.mcpProtocolVersion] == nil
        let session = isOld ? sessions.begin(for: user, revision: nil) : try session(of: request, user)
        guard let messages = sessions.messages(of: session.id, user) else { throw Self.noSession }
        let exchange = MCPExchange(
            api: self, request: request, forms: try AcceptedForms(request), user: user, context: context)
        let endpoint = "event: endpoint\ndata: \(request.uri.path)?\(Self.sessionParameter)=\(session.id)\n\n"
        return EventStream.response(
            to: request, beginning: isOld ? endpoint : ":\n\n", endsWithClient: true
        ) { [sessions] send in
            defer {
                lease.end()
                if isOld { _ = sessions.end(session.id, of: user) }
            }
            await cancelWhenGracefulShutdown {
                // Until the session has ended, or the client has left.
                async let _: Void = sessions.keep(session.id, of: user, every: EventStream.heartbeat)
                await exchange.answer(messages, in: session.id, send: send)
            }
        }
    }

    /// In the address that a stream of the older transport tells its client.
    private static let sessionParameter: Substring = "session_id"

    /// A message to a session of the older transport: the answer comes by its stream (2024-11-05, Transports, "HTTP with
    /// SSE").
    private func post(_ json: OrderedJSON, toStreamOf id: String, _ user: User) throws -> Response {
        guard sessions.use(id, of: user) != nil else { throw Self.noSession }
        guard sessions.post(json, to: id) else {
            throw Refusal.tooManyRequests(
                "the session's stream is not open, or has more messages to answer than CASTER_MCP_BATCH", retryAfter: 1)
        }
        return Response(status: .accepted)
    }

    /// Ends a session.
    func delete(_ request: Request, context: APIContext) throws -> HTTPResponse.Status {
        let user = try context.requireUser()
        try checkRevision(of: request)
        guard sessions.end(try session(of: request, user).id, of: user) else { throw Self.noSession }
        return .noContent
    }

    /// Messages of JSON-RPC: one, or a batch where the revision has them.
    func post(_ request: Request, context: APIContext) async throws -> Response {
        let forms = try AcceptedForms(request)
        let bytes = try await request.jsonBytes(
            limit: platform.limits.filesBodyBytes, setting: "1.5 × CASTER_UPLOAD_BYTES")
        let json: OrderedJSON
        do {
            json = try OrderedJSON(parsing: bytes)
        } catch {
            return Self.answer(.parse("the body is not valid JSON: \(error)"), to: nil, isStateless: false)
        }
        if let id = request.uri.queryParameters[Self.sessionParameter] {
            return try post(json, toStreamOf: String(id), context.requireUser())
        }
        let exchange = MCPExchange(
            api: self, request: request, forms: forms, user: try context.requireUser(), context: context)
        do {
            return try await exchange.response(to: json)
        } catch let error as RPCError {
            return Self.answer(error, to: json["id"].flatMap { $0.isRequestID ? $0 : nil }, isStateless: true)
        }
    }

    /// GET and DELETE went with the sessions (2026-07-28, Streamable HTTP, "Earlier Streamable HTTP Revisions"). A revision
    /// that nobody knows is refused (2025-11-25, Transports, "Protocol Version Header").
    private func checkRevision(of request: Request) throws(RequestProblem) {
        guard let name = request.headers[.mcpProtocolVersion] else { return }
        guard let revision = ProtocolRevision(rawValue: name) else {
            throw RequestProblem(
                status: .badRequest, sentence: "MCP-Protocol-Version \(name.quoted) is not spoken here", headers: [:])
        }
        if revision.isStateless { throw .method(request, allow: "POST") }
    }

    /// The session that a request names. Throws `RequestProblem`: 400 without one, 404 for one that ended.
    func session(of request: Request, _ user: User) throws(RequestProblem) -> MCPSessions.Session {
        guard let id = request.headers[.mcpSessionID] else {
            throw RequestProblem(
                status: .badRequest, sentence: "Mcp-Session-Id is missing: begin with initialize", headers: [:])
        }
        guard let session = sessions.use(id, of: user) else { throw Self.noSession }
        return session
    }

    private static let noSession = RequestProblem(
        status: .notFound, sentence: "there is no such session, or it has ended: begin with initialize", headers: [:])

    static func answer(_ error: RPCError, to id: OrderedJSON?, isStateless: Bool) -> Response {
        var response = json(RPCAnswer.error(error, to: id))
        response.status = error.status(isStateless: isStateless)
        return response
    }

    static func json(_ body: OrderedJSON, headers: HTTPFields = [:]) -> Response {
        var bytes: [UInt8] = []
        body.write(to: &bytes)
        var fields: HTTPFields = [.contentType: "application/json"]
        fields.append(contentsOf: headers)
        return Response(status: .ok, headers: fields, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }
}

/// The right to one open stream, which ends with this object at the latest: a response may never be sent.
private final class StreamLease: Sendable {
    private let user: User
    private let sessions: MCPSessions

    /// Nil if the account has as many as it may.
    init?(of user: User, in sessions: MCPSessions) {
        guard sessions.openStream(of: user) else { return nil }
        self.user = user
        self.sessions = sessions
    }

    /// Keeps it until here.
    func end() {}

    deinit { sessions.closeStream(of: user) }
}
