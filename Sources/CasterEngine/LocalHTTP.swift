import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1

/// A `GET` over a unix socket of this machine.
public enum LocalHTTP {
    private static let client: HTTPClient = {
        var configuration = HTTPClient.Configuration(timeout: .init(connect: .seconds(2), read: .seconds(5)))
        configuration.connectionPool.retryConnectionEstablishment = false
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }()

    /// The body of a 200, at most 16 MiB. Throws what the HTTP client throws, or `LocalHTTPError` for another status.
    public static func get(_ path: String, socket: String) async throws -> String {
        guard let url = URL(httpURLWithSocketPath: socket, uri: path) else { throw LocalHTTPError(status: 0) }
        var request = HTTPClientRequest(url: url.absoluteString)
        request.headers.add(name: "Host", value: "localhost")
        let response = try await client.execute(request, timeout: .seconds(10))
        guard response.status == .ok else { throw LocalHTTPError(status: Int(response.status.code)) }
        return String(buffer: try await response.body.collect(upTo: 16 << 20))
    }
}

/// The other side answered, but not with a 200.
public struct LocalHTTPError: Error, Sendable {
    public let status: Int
}
