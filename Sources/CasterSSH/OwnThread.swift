import CLinux
import Dispatch
import Glibc
import Synchronization

/// Threads of our own, for calls that block: none of them may ever wait on one of the concurrency pool's.
enum OwnThread {
    /// Starts a detached thread that runs `body`. Throws an `errno` value if there can be no more threads.
    static func start(_ body: @escaping @Sendable () -> Void) throws(ThreadError) {
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        pthread_attr_setstacksize(&attributes, 512 << 10)
        let box = Unmanaged.passRetained(Body(body))
        var thread = pthread_t()
        let failure = pthread_create(
            &thread, &attributes,
            { argument in
                // A write to a pipe that nobody reads must fail, not end the process.
                var pipe = sigset_t()
                sigemptyset(&pipe)
                sigaddset(&pipe, SIGPIPE)
                pthread_sigmask(SIG_BLOCK, &pipe, nil)
                let body = Unmanaged<Body>.fromOpaque(argument!).takeRetainedValue()
                body.run()
                return nil
            }, box.toOpaque())
        guard failure == 0 else {
            box.release()
            throw ThreadError(code: failure)
        }
    }

    /// Runs blocking `work` on a thread of its own, and waits for it without blocking.
    static func run<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            do {
                try start { continuation.resume(with: Result(catching: work)) }
            } catch {
                continuation.resume(throwing: error)
            }
        }
    }

    /// Runs asynchronous `work` on the pool, and blocks this thread until it is done. Only for threads of our own.
    static func wait<Value: Sendable>(
        for work: @escaping @Sendable () async throws -> Value
    ) throws -> Value {
        let outcome = Outcome<Value>()
        Task {
            do {
                outcome.end(with: .success(try await work()))
            } catch {
                outcome.end(with: .failure(error))
            }
        }
        return try outcome.wait().get()
    }

    private final class Body: Sendable {
        let run: @Sendable () -> Void

        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    private final class Outcome<Value: Sendable>: Sendable {
        private let result = Mutex<Result<Value, any Error>?>(nil)
        private let semaphore = DispatchSemaphore(value: 0)

        func end(with value: Result<Value, any Error>) {
            result.withLock { $0 = value }
            semaphore.signal()
        }

        func wait() -> Result<Value, any Error> {
            semaphore.wait()
            return result.withLock { $0! }
        }
    }
}

/// A thread that could not be started.
struct ThreadError: Error, Sendable, CustomStringConvertible {
    /// An `errno` value.
    let code: Int32

    var description: String { "no thread could be started: \(String(cString: strerror(code)))" }
}
