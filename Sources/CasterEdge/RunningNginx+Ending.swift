import Glibc
import ServiceLifecycle

extension RunningNginx {
    /// How long requests under way may go on after SIGQUIT: a little more than `worker_shutdown_timeout`.
    private static let grace = Duration.seconds(4)

    /// Returns true if nginx has ended, false if it is to be ended: a graceful shutdown, or the task's cancellation.
    /// Keeps its error log bounded meanwhile.
    func hasEndedBeforeShutdown(errorLog: ErrorLog) async throws -> Bool {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await self.waitUntilEnded() }
            group.addTask { try await Self.untilCancelled { try await gracefulShutdown() } }
            group.addTask { try await Self.untilCancelled { try await errorLog.keepBounded(of: self) } }
            defer { group.cancelAll() }
            try await group.next()
            return hasEnded
        }
    }

    /// Lets requests under way finish, and ends what takes too long. It has ended on return, even in a cancelled task.
    func stop() async throws {
        try await Task {
            for (signal, time) in [(SIGQUIT, Self.grace), (SIGTERM, .seconds(1))] {
                self.signal(signal)
                if try await self.ends(within: time) { break }
            }
            kill()
        }.value
    }

    /// The same, blocking.
    func stopAndWait() {
        for (signal, milliseconds) in [(SIGQUIT, 4000), (SIGTERM, 1000)] as [(Int32, Int32)] {
            self.signal(signal)
            if ends(withinMilliseconds: milliseconds) { break }
        }
        kill()
        _ = ends(withinMilliseconds: 1000)
    }

    private func ends(within time: Duration) async throws -> Bool {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await self.waitUntilEnded() }
            group.addTask { try await Self.untilCancelled { try await Task.sleep(for: time) } }
            defer { group.cancelAll() }
            try await group.next()
            return hasEnded
        }
    }

    private static func untilCancelled(_ action: @Sendable () async throws -> Void) async throws {
        do { try await action() } catch is CancellationError {}
    }
}
