import CasterCore
import CasterDeploy
import Hummingbird
import Logging
import ServiceLifecycle

/// The role that answers the API. It listens on a unix socket, so that only the edge reaches it.
public struct HTTPFront: Service, CustomStringConvertible {
    public let description = "HTTP front"
    private let platform: Platform
    private let application: Application<RouterResponder<APIContext>>

    public init(platform: Platform, logger: Logger) {
        self.platform = platform
        application = Application(
            responder: routes(of: platform).buildResponder(),
            configuration: .init(address: .unixDomainSocket(path: platform.folder.httpSocket), serverName: nil),
            logger: logger)
    }

    /// Throws if the socket cannot be bound.
    public func run() async throws {
        try await platform.forgetUnansweredRequests()
        try await application.run()
    }
}
