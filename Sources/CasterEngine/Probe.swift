import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOPosix

/// Asks a server from outside whether it answers, as a visitor would.
public struct Probe: Sendable {
    public let address: String
    public let port: Int
    public let path: String
    /// The `Host` of the request.
    public let host: String

    public init(address: String, port: Int, path: String, host: String) {
        self.address = address
        self.port = port
        self.path = path
        self.host = host
    }

    public enum Answer: Sendable, Hashable {
        case status(Int)
        /// Nobody listens, nothing came in time, or it was no HTTP.
        case none(String)
    }

    private static let client: HTTPClient = {
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow, timeout: .init(connect: .seconds(1), read: .seconds(5)),
            // A connection for each: it must be the server itself that answers, and not one that is about to end.
            connectionPool: .init(idleTimeout: .milliseconds(1), concurrentHTTP1ConnectionsPerHostSoftLimit: 8))
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.httpVersion = .http1Only
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }()

    /// One `GET`; only the head of the answer is read. Throws `CancellationError` alone.
    public func ask() async throws -> Answer {
        var request = HTTPClientRequest(url: "http://\(address):\(port)\(path)")
        request.headers = ["Host": host, "User-Agent": "Caster health check", "Connection": "close"]
        do {
            let response = try await Self.client.execute(request, timeout: .seconds(6))
            return .status(Int(response.status.code))
        } catch let error as HTTPClientError where error == .cancelled {
            throw CancellationError()
        } catch let error as CancellationError {
            throw error
        } catch {
            let reason: String =
                switch error {
                case is NIOConnectionError, is IOError: "nothing listens there"
                case let error as HTTPClientError where error == .connectTimeout: "nothing answers there"
                case let error as HTTPClientError where error == .readTimeout || error == .deadlineExceeded:
                    "it takes requests, but does not answer"
                case let error as HTTPClientError where error == .remoteConnectionClosed:
                    "it closes connections without an answer"
                default: "what it answers is not HTTP"
                }
            return .none(reason)
        }
    }
}
