import HTTPTypes
import Hummingbird
import NIOCore
import ServiceLifecycle

/// Answers as server-sent events (WHATWG HTML §9.2): one message of JSON-RPC an event.
enum EventStream {
    /// Between two comments that keep the connection open.
    static let heartbeat = Duration.seconds(15)

    private enum Item: Sendable {
        case message(OrderedJSON)
        case comment
        case end
    }

    /// - Parameters:
    ///   - request: whose body was read to its end.
    ///   - beginning: is sent at once, so that the head goes out also if there is nothing to say for a while.
    ///   - endsWithClient: when the client closes the connection, `body` is cancelled at once.
    ///   - body: is handed a function that sends a message. Nothing is sent after it returns or throws.
    static func response(
        to request: Request, beginning: String = ":\n\n", endsWithClient: Bool, headers: HTTPFields = [:],
        _ body: @escaping @Sendable (@escaping @Sendable (OrderedJSON) -> Void) async throws -> Void
    ) -> Response {
        // The connection to the edge is given up with the stream: to see the client leave, it is read to its end.
        var fields: HTTPFields = [
            .contentType: "text/event-stream", .cacheControl: "no-store", .accelBuffering: "no", .connection: "close",
        ]
        fields.append(contentsOf: headers)
        return Response(
            status: .ok, headers: fields,
            body: ResponseBody { writer in
                try await writer.write(ByteBuffer(string: beginning))
                if endsWithClient {
                    try await request.body.consumeWithCancellationOnInboundClose { _ in
                        try await pump(body, to: &writer)
                    }
                } else {
                    try await pump(body, to: &writer)
                }
                try await writer.finish(nil)
            })
    }

    private static func pump(
        _ body: @escaping @Sendable (@escaping @Sendable (OrderedJSON) -> Void) async throws -> Void,
        to writer: inout any ResponseBodyWriter
    ) async throws {
        let (items, sender) = AsyncStream.makeStream(of: Item.self)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                defer { sender.yield(.end) }
                try await body { sender.yield(.message($0)) }
            }
            group.addTask {
                while true {
                    try await Task.sleep(for: heartbeat)
                    sender.yield(.comment)
                }
            }
            defer { group.cancelAll() }
            for await item in items {
                switch item {
                case .message(let message):
                    try await writer.write(ByteBuffer(string: "event: message\ndata: \(message.compact)\n\n"))
                case .comment: try await writer.write(ByteBuffer(string: ": still there\n\n"))
                case .end:
                    // What `body` threw, if it did.
                    try await group.next()
                    return
                }
            }
            throw CancellationError()
        }
    }
}
