import CasterCore
import CasterDeploy
import HTTPTypes
import Hummingbird
import NIOCore

/// Answers a repeated POST with what the first one was answered, if both bear the same `Idempotency-Key`
/// (draft-ietf-httpapi-idempotency-key-header). Only success is kept: what failed may be tried again.
struct IdempotencyKeys: RouterMiddleware {
    let platform: Platform

    /// Paths that create something for whoever asks.
    private static let open: Set = ["/api/v1/auth/register", "/api/v1/deploy"]

    func handle(
        _ request: Request, context: APIContext, next: (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        guard request.method == .post, let key = request.headers[.idempotencyKey],
            request.headers[.contentType]?.lowercased().hasPrefix("multipart/") != true
        else { return try await next(request, context) }
        var request = request
        guard let owner = try await owner(of: request) else { return try await next(request, context) }
        let takesFiles = ["/deploy", "/paste"].contains { request.uri.path.hasSuffix($0) }
        let body =
            takesFiles
            ? try await request.collected(limit: platform.limits.filesBodyBytes, setting: "1.5 × CASTER_UPLOAD_BYTES")
            : try await request.collected(limit: platform.limits.requestBytes, setting: "CASTER_REQUEST_BYTES")
        request.body = RequestBody(buffer: body)
        let digest = Secret.sha256(Array("\(request.uri.path)\n".utf8) + Array(body.readableBytesView))
        let original = request
        return try await Self.response(platform, key, owner, digest) {
            try await next(original, context)
        }
    }

    /// An account, or where the request comes from; nil if the route refuses requests without an account, before it
    /// reads their bodies. A wrong API key is the route's to refuse, if it takes any.
    private func owner(of request: Request) async throws -> String? {
        do {
            if let user = try await APIKeyAuthentication(platform: platform).user(of: request) {
                return "user \(user.id)"
            }
        } catch let refusal as Refusal where refusal.kind == .unauthenticated {
            // Counts as none.
        }
        guard Self.open.contains(request.uri.path) else { return nil }
        return "address \(request.clientAddress.text)"
    }

    /// Runs `next` unless the key was used before.
    static func response(
        _ platform: Platform, _ key: String, _ owner: String, _ digest: [UInt8], next: () async throws -> Response
    ) async throws -> Response {
        var unkept: Response?
        let (answer, isReplay) = try await platform.once(key: key, owner: owner, request: digest) {
            var response = try await next()
            guard response.status.kind == .successful, (response.body.contentLength ?? 0) < 1 << 20 else {
                unkept = response
                return nil
            }
            let writer = BufferWriter()
            try await response.body.write(writer)
            let body = await writer.bytes
            response.body = ResponseBody(byteBuffer: ByteBuffer(bytes: body))
            unkept = response
            return [UInt8(response.status.code / 100), UInt8(response.status.code % 100)] + body
        }
        if let unkept { return unkept }
        guard isReplay, let answer, answer.count >= 2 else {
            throw Refusal.conflict("this Idempotency-Key cannot be used any more: choose another")
        }
        let status = HTTPResponse.Status(code: Int(answer[0]) * 100 + Int(answer[1]))
        return Response(
            status: status,
            headers: [.contentType: "application/json; charset=utf-8", .idempotentReplayed: "true"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: answer.dropFirst(2))))
    }
}

/// Takes a response's body apart.
private actor BufferWriter: ResponseBodyWriter {
    private(set) var bytes: [UInt8] = []

    func write(_ buffer: ByteBuffer) async throws { bytes += Array(buffer.readableBytesView) }

    nonisolated func finish(_ trailingHeaders: HTTPFields?) async throws {}
}

extension HTTPField.Name {
    static let idempotencyKey = Self("Idempotency-Key")!
    static let idempotentReplayed = Self("Idempotent-Replayed")!
}
