import Synchronization

/// Told once that something is ready, or that it will never be.
final class Readiness: Sendable {
    private struct State {
        var outcome: Result<Void, any Error>?
        var waiting: [Int: CheckedContinuation<Void, any Error>] = [:]
        var next = 0
    }

    private let state = Mutex(State())

    /// The first call counts.
    func settle(_ outcome: Result<Void, any Error>) {
        let waiting = state.withLock { state in
            guard state.outcome == nil else { return [Int: CheckedContinuation<Void, any Error>]() }
            state.outcome = outcome
            defer { state.waiting = [:] }
            return state.waiting
        }
        for continuation in waiting.values { continuation.resume(with: outcome) }
    }

    var isReady: Bool {
        state.withLock { state in
            if case .success = state.outcome { return true }
            return false
        }
    }

    /// Returns when it is ready. Throws the reason why it will never be, or `CancellationError`.
    func wait() async throws {
        let number = state.withLock { state in
            state.next += 1
            return state.next
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let outcome: Result<Void, any Error>? = state.withLock { state in
                    if Task.isCancelled { return .failure(CancellationError()) }
                    if state.outcome == nil { state.waiting[number] = continuation }
                    return state.outcome
                }
                if let outcome { continuation.resume(with: outcome) }
            }
        } onCancel: {
            let continuation = state.withLock { $0.waiting.removeValue(forKey: number) }
            continuation?.resume(throwing: CancellationError())
        }
    }
}
