import CasterCore

public struct Routes: Sendable {
    public init(folder: DataFolder) {}
    public func prepare() throws {}
    public func reserve(host: String) throws {}
    public func switchTo(host: String, release: String) throws {}
    public func current(host: String) -> String? { nil }
}
import ServiceLifecycle
public struct Edge: Service {
    public init() {}
    public func run() async throws { try await gracefulShutdown() }
    public func waitUntilListening() async throws {}
}
