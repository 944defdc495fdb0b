import Foundation

/// Runs what blocks on a thread of its own: the tests' tasks share as few threads as there are cores.
func onThread<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
    try await withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread { continuation.resume(with: Swift.Result(catching: body)) }
    }
}

/// Asks again and again until the answer is not nil. Throws `TimedOut` when that takes longer than `time`.
func eventually<Result>(
    _ what: String, within time: Duration = .seconds(20), _ attempt: () async throws -> Result?
) async throws -> Result {
    let deadline = ContinuousClock.now + time
    while true {
        if let result = try await attempt() { return result }
        guard ContinuousClock.now < deadline else { throw TimedOut(what: what, seen: "nothing") }
        try await Task.sleep(for: .milliseconds(20))
    }
}

/// As above, until the condition holds.
func eventually(
    _ what: String, within time: Duration = .seconds(20), _ condition: () async throws -> Bool
) async throws {
    _ = try await eventually(what, within: time) { try await condition() ? true : nil } as Bool
}
