import NIOPosix

/// Threads for calls that block, so that none ever runs on the concurrency pool. They live as long as the process.
enum BlockingThreads {
    private static let diskThreads = started(NIOThreadPool(numberOfThreads: 4))
    private static let passwordThreads = started(NIOThreadPool(numberOfThreads: 2))

    private static let programThreads = started(NIOThreadPool(numberOfThreads: 8))

    /// Waits for other programs, which may take a minute.
    static func program<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
        try await programThreads.runIfActive(body)
    }

    /// Runs libgit2 and file system calls; throws what `body` throws, or `CancellationError` before it has begun.
    static func disk<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
        try await diskThreads.runIfActive(body)
    }

    /// Runs Argon2id, which takes 64 MiB a call: two at once at most.
    static func password<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
        try await passwordThreads.runIfActive(body)
    }

    private static func started(_ pool: NIOThreadPool) -> NIOThreadPool {
        pool.start()
        return pool
    }
}
