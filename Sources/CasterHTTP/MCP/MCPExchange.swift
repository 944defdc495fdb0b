import CasterCore
import CasterDeploy
import Foundation
import HTTPTypes
import Hummingbird
import ServiceLifecycle

/// One POST and its answer.
struct MCPExchange: Sendable {
    let api: MCPAPI
    let request: Request
    let forms: AcceptedForms
    let user: User
    let context: APIContext

    /// Throws `RPCError` for what is wrong with the message as a whole, `RequestProblem`.
    func response(to json: OrderedJSON) async throws -> Response {
        let named = request.headers[.mcpProtocolVersion]
        if let named, ProtocolRevision(rawValue: named) == nil, json["params"]?["_meta"]?[Self.versionKey] == nil {
            throw RPCError.unsupportedVersion(named)
        }
        let revision = named.flatMap { ProtocolRevision(rawValue: $0) }
        // What a request says of itself decides (2026-07-28, Versioning, "Backward Compatibility").
        if json["params"]?["_meta"]?[Self.versionKey] != nil || revision?.isStateless == true {
            return try await stateless(json)
        }
        return try await handshake(json, revision)
    }

    private static let versionKey = "io.modelcontextprotocol/protocolVersion"

    // MARK: 2026-07-28

    private func stateless(_ json: OrderedJSON) async throws -> Response {
        switch try RPCMessage(json) {
        case .notification: return Response(status: .accepted)
        case .response: throw RPCError.invalidRequest("a client sends requests and notifications only")
        case .request(let message):
            try MirroredHeaders.check(message, headers: request.headers)
            return try await answer(message, in: .july2026, session: nil)
        }
    }

    // MARK: 2024-11-05 to 2025-11-25

    /// - Parameter named: the revision in `MCP-Protocol-Version`, nil if there is none.
    private func handshake(_ json: OrderedJSON, _ named: ProtocolRevision?) async throws -> Response {
        let session: MCPSessions.Session? =
            request.headers[.mcpSessionID] == nil ? nil : try api.session(of: request, user)
        let revision = session?.revision ?? named ?? .unnamed
        if case .array(let items) = json {
            try requireSession(session, named)
            return try await batch(items, in: revision, session: session)
        }
        switch try RPCMessage(json) {
        case .request(let message) where message.method == "initialize":
            return initialize(message, session)
        case .request(let message):
            try requireSession(session, named)
            return try await answer(message, in: revision, session: session)
        case .notification(let method, let params):
            try requireSession(session, named)
            note(method, params, session)
            return Response(status: .accepted)
        case .response:
            try requireSession(session, named)
            return Response(status: .accepted)
        }
    }

    /// Who names a revision has shaken hands, and was told a session. A request that says nothing of either, as the API
    /// reference shows it, stands for itself.
    private func requireSession(_ session: MCPSessions.Session?, _ named: ProtocolRevision?) throws {
        if session == nil, named != nil { _ = try api.session(of: request, user) }
    }

    /// 2025-11-25, Lifecycle, "Version Negotiation".
    private func initialize(_ message: RPCRequest, _ session: MCPSessions.Session?) -> Response {
        let revision: ProtocolRevision
        do {
            revision = try Self.agreed(message)
        } catch {
            return MCPAPI.answer(error, to: message.id, isStateless: false)
        }
        let id: String
        if let session {
            id = session.id
            api.sessions.negotiate(revision, in: id)
        } else {
            id = api.sessions.begin(for: user, revision: revision).id
        }
        let answer = RPCAnswer.result(api.server.initialized(in: revision), to: message.id)
        let headers: HTTPFields = [.mcpSessionID: id]
        guard forms.json else {
            return EventStream.response(to: request, endsWithClient: false, headers: headers) { $0(answer) }
        }
        return MCPAPI.json(answer, headers: headers)
    }

    private static func agreed(_ initialize: RPCRequest) throws(RPCError) -> ProtocolRevision {
        guard let asked = initialize.params["protocolVersion"]?.text else {
            throw .invalidParams("params.protocolVersion must be text")
        }
        guard let known = ProtocolRevision(rawValue: asked), !known.isStateless else { return .newestWithHandshake }
        return known
    }

    private func note(_ method: String, _ params: OrderedJSON, _ session: MCPSessions.Session?) {
        if method == "notifications/cancelled", let id = params["requestId"], id.isRequestID {
            api.inFlight.cancel(.init(userID: user.id, session: session?.id, id: id))
        }
    }

    // MARK: answers

    private func answer(
        _ message: RPCRequest, in revision: ProtocolRevision, session: MCPSessions.Session?
    ) async throws -> Response {
        let isSlow: Bool
        do {
            isSlow = try api.server.tool(of: message)?.isSlow ?? false
        } catch {
            return MCPAPI.answer(error, to: message.id, isStateless: revision.isStateless)
        }
        // What may take a while streams, so that progress and signs of life have a way.
        guard isSlow, forms.eventStream else { return try await atOnce(message, in: revision, session: session) }
        // Not `endsWithClient`: Hummingbird traps if it watches the connection of a request whose body was read. A client
        // that leaves is noticed at the next sign of life.
        return EventStream.response(to: request, endsWithClient: false) { send in
            do {
                send(
                    RPCAnswer.result(
                        try await result(of: message, in: revision, session: session, notify: send), to: message.id))
            } catch let error as RPCError {
                send(RPCAnswer.error(error, to: message.id))
            } catch is CancellationError where !Task.isCancelled {
                // The client asked for it, and wants no answer.
            }
        }
    }

    /// An answer in one piece, in the form that the client takes.
    private func atOnce(
        _ message: RPCRequest, in revision: ProtocolRevision, session: MCPSessions.Session?
    ) async throws -> Response {
        let answer: OrderedJSON
        do {
            let result = try await result(of: message, in: revision, session: session) { _ in }
            answer = RPCAnswer.result(result, to: message.id)
        } catch let error as RPCError {
            let response = MCPAPI.answer(error, to: message.id, isStateless: revision.isStateless)
            if forms.json || response.status != .ok { return response }
            answer = RPCAnswer.error(error, to: message.id)
        } catch is CancellationError where !Task.isCancelled {
            answer = RPCAnswer.error(.cancelled, to: message.id)
        }
        if forms.json { return MCPAPI.json(answer) }
        return EventStream.response(to: request, endsWithClient: false) { $0(answer) }
    }

    private func result(
        of message: RPCRequest, in revision: ProtocolRevision, session: MCPSessions.Session?,
        notify: @escaping @Sendable (OrderedJSON) -> Void
    ) async throws -> OrderedJSON {
        let caller = MCPServer.Caller(
            user: user, revision: revision, logger: context.logger, requestID: context.id)
        let key = RequestsInFlight.Key(userID: user.id, session: session?.id, id: message.id)
        do {
            return try await api.inFlight.run(key, endsWithCaller: revision.isStateless) {
                try await api.server.result(of: message, for: caller, notify: notify)
            }
        } catch is CancellationError where Task.isShuttingDownGracefully {
            throw RPCError.stopping
        }
    }

    /// A JSON-RPC batch (2025-03-26, Base Protocol, "Batching"): answers in the order of the requests, carried out at
    /// the same time.
    private func batch(
        _ items: [OrderedJSON], in revision: ProtocolRevision, session: MCPSessions.Session?
    ) async throws -> Response {
        guard revision.hasBatches else {
            throw RPCError.invalidRequest("protocol version \(revision.rawValue) has no batches")
        }
        let limit = api.platform.limits.mcpBatch
        guard !items.isEmpty else { throw RPCError.invalidRequest("a batch must have at least one message") }
        guard items.count <= limit else {
            throw RPCError.invalidRequest("a batch has at most \(limit) messages (CASTER_MCP_BATCH)")
        }
        let answers = try await withThrowingTaskGroup(of: (Int, OrderedJSON?).self) { group in
            for (index, item) in items.enumerated() {
                group.addTask {
                    (index, try await answer(to: item, in: revision, session: session) { _ in })
                }
            }
            return try await group.reduce(into: [Int: OrderedJSON]()) { $0[$1.0] = $1.1 }
        }
        guard !answers.isEmpty else { return Response(status: .accepted) }
        let ordered = answers.sorted { $0.key < $1.key }.map(\.value)
        guard forms.json else {
            return EventStream.response(to: request, endsWithClient: false) { send in
                for answer in ordered { send(answer) }
            }
        }
        var response = MCPAPI.json(.array(ordered))
        // Nothing in it was a message.
        if ordered.allSatisfy({ $0["error"]?["code"] == .number("-32600") }) { response.status = .badRequest }
        return response
    }

    /// Answers what is posted to a session of the older transport, on its stream: so many messages at once as a batch may
    /// have, since nobody who posts waits for an answer.
    func answer(
        _ messages: AsyncStream<OrderedJSON>, in id: String, send: @escaping @Sendable (OrderedJSON) -> Void
    ) async {
        await withTaskGroup(of: Void.self) { group in
            var underWay = 0
            for await message in messages {
                if underWay == api.platform.limits.mcpBatch {
                    await group.next()
                    underWay -= 1
                }
                underWay += 1
                group.addTask { await answer(posted: message, in: id, send: send) }
            }
            group.cancelAll()
        }
    }

    private func answer(posted json: OrderedJSON, in id: String, send: @escaping @Sendable (OrderedJSON) -> Void) async
    {
        guard let session = api.sessions.use(id, of: user) else { return }
        do {
            if case .request(let message) = try? RPCMessage(json), message.method == "initialize" {
                let revision = try Self.agreed(message)
                api.sessions.negotiate(revision, in: id)
                return send(RPCAnswer.result(api.server.initialized(in: revision), to: message.id))
            }
            let revision = session.revision ?? .unnamed
            if let answer = try await answer(to: json, in: revision, session: session, notify: send) { send(answer) }
        } catch let error as RPCError {
            send(RPCAnswer.error(error, to: json["id"].flatMap { $0.isRequestID ? $0 : nil }))
        } catch {
            // The stream has ended, and nobody waits for it.
        }
    }

    /// One message's answer; nil if it has none.
    private func answer(
        to item: OrderedJSON, in revision: ProtocolRevision, session: MCPSessions.Session?,
        notify: @escaping @Sendable (OrderedJSON) -> Void
    ) async throws -> OrderedJSON? {
        let message: RPCMessage
        do {
            message = try RPCMessage(item)
        } catch {
            return RPCAnswer.error(error, to: nil)
        }
        switch message {
        case .response: return nil
        case .notification(let method, let params):
            note(method, params, session)
            return nil
        case .request(let message):
            do {
                guard message.method != "initialize" else {
                    throw RPCError.invalidRequest("initialize must not be part of a batch")
                }
                return RPCAnswer.result(
                    try await result(of: message, in: revision, session: session, notify: notify), to: message.id)
            } catch let error as RPCError {
                return RPCAnswer.error(error, to: message.id)
            } catch is CancellationError where !Task.isCancelled {
                return RPCAnswer.error(.cancelled, to: message.id)
            }
        }
    }
}
