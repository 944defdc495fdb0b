import AsyncHTTPClient
import CasterCore
import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// A client of the Docker Engine API over its unix socket. Podman answers the same calls, except that it knows no
/// `cachefrom` by name and prints `STEP` where Docker prints `Step`.
///
/// Every function throws `EngineError`, and `CancellationError` when its task is cancelled: the engine then sees the
/// connection close, and ends what the call had begun (a build with all its processes).
public struct Engine: Sendable {
    /// As `DOCKER_HOST` has it.
    public let address: String
    private let version = NegotiatedVersion()

    /// Shared by all engines, and never shut down: it lives as long as the process.
    private static let client: HTTPClient = {
        var configuration = HTTPClient.Configuration(
            timeout: .init(connect: .seconds(5)),
            connectionPool: .init(idleTimeout: .seconds(10), concurrentHTTP1ConnectionsPerHostSoftLimit: 1024))
        // Who asks decides whether it is worth a second try.
        configuration.connectionPool.retryConnectionEstablishment = false
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }()

    /// - Parameter address: `unix:///var/run/docker.sock`; with another scheme, every call throws
    ///   `EngineError.badAddress`.
    public init(address: String) { self.address = address }

    /// Throws `EngineError.unreachable` if no engine answers within 5 s.
    public func check() async throws {
        version.set(nil)
        _ = try await version(timeout: .seconds(5))
    }

    /// `major.minor` of the API that is spoken: 1.41, or what the engine knows that is nearest.
    func version(timeout: TimeAmount = .seconds(10)) async throws -> String {
        if let known = version.get() { return known }
        let body = try await send(.GET, "/version", body: nil, timeout: timeout).body
        let offered = try Self.decode(Versions.self, body, call: "GET /version")
        let chosen = APIVersion.nearest(to: "1.41", from: offered.minimum ?? "1.24", to: offered.newest)
        version.set(chosen)
        return chosen
    }

    private struct Versions: Decodable {
        let newest: String
        let minimum: String?

        enum CodingKeys: String, CodingKey {
            case newest = "ApiVersion"
            case minimum = "MinAPIVersion"
        }
    }
}

extension Engine {
    /// One call whose answer is read as a whole, at most 16 MiB of it.
    @discardableResult
    func call(
        _ method: HTTPMethod, _ path: String, query: [String: String] = [:], body: (any Encodable & Sendable)? = nil,
        timeout: TimeAmount = .seconds(60)
    ) async throws -> ByteBuffer {
        let target = try await "/v\(version())" + Self.target(path, query)
        return try await send(method, target, body: body, timeout: timeout).body
    }

    func call<Result: Decodable>(
        _ method: HTTPMethod, _ path: String, query: [String: String] = [:], body: (any Encodable & Sendable)? = nil,
        as type: Result.Type
    ) async throws -> Result {
        let answer = try await call(method, path, query: query, body: body)
        return try Self.decode(type, answer, call: "\(method) \(path)")
    }

    /// One call whose answer is handed over piece by piece as it comes; the engine waits for `each`.
    func stream(
        _ method: HTTPMethod, _ path: String, query: [String: String], headers: HTTPHeaders = [:],
        body: HTTPClientRequest.Body? = nil, each: (ByteBuffer) async throws -> Void
    ) async throws {
        let target = try await "/v\(version())" + Self.target(path, query)
        var request = try request(method, target)
        request.headers.add(contentsOf: headers)
        request.body = body
        let call = "\(method) \(path)"
        do {
            let response = try await Self.client.execute(request, deadline: .distantFuture)
            try await check(response, call: call)
            for try await bytes in response.body { try await each(bytes) }
        } catch {
            throw translated(error)
        }
    }

    private func send(
        _ method: HTTPMethod, _ target: String, body: (any Encodable & Sendable)?, timeout: TimeAmount
    ) async throws -> (status: Int, body: ByteBuffer) {
        var request = try request(method, target)
        if let body {
            request.headers.add(name: "Content-Type", value: "application/json")
            request.body = .bytes(ByteBuffer(bytes: try JSONEncoder().encode(body)))
        }
        do {
            let response = try await Self.client.execute(request, timeout: timeout)
            try await check(response, call: "\(method) \(target)")
            return (Int(response.status.code), try await response.body.collect(upTo: 16 << 20))
        } catch {
            throw translated(error)
        }
    }

    private func request(_ method: HTTPMethod, _ target: String) throws -> HTTPClientRequest {
        guard address.hasPrefix("unix:///"),
            let url = URL(httpURLWithSocketPath: String(address.dropFirst("unix://".count)), uri: target)
        else { throw EngineError.badAddress(address) }
        var request = HTTPClientRequest(url: url.absoluteString)
        request.headers.add(name: "Host", value: "engine")
        request.method = method
        return request
    }

    private func check(_ response: HTTPClientResponse, call: String) async throws {
        guard response.status.code >= 400 else { return }
        let body = try await response.body.collect(upTo: 1 << 20)
        let text = String(buffer: body).trimmingCharacters(in: .whitespacesAndNewlines)
        let message: String
        do {
            message = try Self.decode(Message.self, body, call: call).message
        } catch {
            message = text  // not Docker's form, but what there is
        }
        throw EngineError.refused(call: call, status: Int(response.status.code), message: message)
    }

    private struct Message: Decodable { let message: String }

    /// What the HTTP client says, in our words.
    private func translated(_ error: any Error) -> any Error {
        switch error {
        case is EngineError: return error
        case is CancellationError: return error
        case let error as HTTPClientError where error == .cancelled: return CancellationError()
        // The parser's: the engine went away in the middle of an answer.
        case is HTTPClientError, is IOError, is ChannelError, is NIOConnectionError, is HTTPParserError:
            version.set(nil)  // it may come back as another one
            return EngineError.unreachable(address: address, reason: Self.reason(error))
        default: return error
        }
    }

    private static func reason(_ error: any Error) -> String {
        switch error {
        case let error as IOError: String(cString: strerror(error.errnoCode))
        case let error as HTTPClientError: error.shortDescription
        default: "\(error)"
        }
    }

    static func decode<Result: Decodable>(_ type: Result.Type, _ body: ByteBuffer, call: String) throws -> Result {
        do {
            return try JSONDecoder().decode(type, from: Data(body.readableBytesView))
        } catch {
            throw EngineError.unreadable(call: call, reason: "\(error)")
        }
    }

    static func json(_ value: some Encodable) throws -> String {
        String(decoding: try JSONEncoder().encode(value), as: UTF8.self)
    }

    private static func target(_ path: String, _ query: [String: String]) -> String {
        if query.isEmpty { return path }
        return path + "?"
            + query.sorted { $0.key < $1.key }.map { "\($0.key)=\(escaped($0.value))" }.joined(separator: "&")
    }

    /// RFC 3986 §2.3: everything but the unreserved characters.
    private static func escaped(_ text: String) -> String {
        text.addingPercentEncoding(
            withAllowedCharacters: CharacterSet(
                charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")) ?? ""
    }
}

/// The version that engine and client agreed on; nil until they talked.
private final class NegotiatedVersion: Sendable {
    private let value = Mutex<String?>(nil)

    func get() -> String? { value.withLock { $0 } }
    func set(_ version: String?) { value.withLock { $0 = version } }
}

enum APIVersion {
    /// `wanted`, or the end of the range that is nearest to it. All are `major.minor`.
    static func nearest(to wanted: String, from oldest: String, to newest: String) -> String {
        if isLess(wanted, oldest) { return oldest }
        return isLess(newest, wanted) ? newest : wanted
    }

    private static func isLess(_ one: String, _ other: String) -> Bool {
        one.split(separator: ".").compactMap { Int($0) }
            .lexicographicallyPrecedes(other.split(separator: ".").compactMap { Int($0) })
    }
}
