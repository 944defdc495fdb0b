import ServiceLifecycle
import Synchronization

/// What is being carried out at this moment, so that `notifications/cancelled` finds it (2025-11-25, Cancellation).
final class RequestsInFlight: Sendable {
    /// A request's ID belongs to its sender: an account, and the session if there is one.
    struct Key: Hashable, Sendable {
        let userID: Int64
        let session: String?
        let id: OrderedJSON
    }

    /// A client may use an ID twice at once, though it must not: each has a number of its own.
    private let cancellations = Mutex<(next: Int, byKey: [Key: [Int: @Sendable () -> Void]])>((0, [:]))

    /// Carries `body` out in a task that `cancel` reaches, and a graceful shutdown too. Throws what `body` throws.
    ///
    /// - Parameter endsWithCaller: a caller that is cancelled, because its client left, cancels the task.
    func run<Result: Sendable>(
        _ key: Key, endsWithCaller: Bool, _ body: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        let task = Task { try await body() }
        let number = cancellations.withLock { state in
            state.next += 1
            state.byKey[key, default: [:]][state.next] = { task.cancel() }
            return state.next
        }
        defer {
            cancellations.withLock { state in
                state.byKey[key]?[number] = nil
                if state.byKey[key]?.isEmpty == true { state.byKey[key] = nil }
            }
        }
        return try await withTaskCancellationHandler {
            try await withGracefulShutdownHandler {
                try await task.value
            } onGracefulShutdown: {
                task.cancel()
            }
        } onCancel: {
            if endsWithCaller { task.cancel() }
        }
    }

    /// Cancels every request with this key; nothing happens if there is none, because it ended meanwhile.
    func cancel(_ key: Key) {
        let found = cancellations.withLock { $0.byKey[key].map { Array($0.values) } ?? [] }
        for cancel in found { cancel() }
    }
}
