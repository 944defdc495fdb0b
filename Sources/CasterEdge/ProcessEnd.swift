import Dispatch
import Glibc

/// Waiting for a process without holding a thread.
enum ProcessEnd {
    /// Returns when the process of `pidfd` has ended, or when the task is cancelled.
    static func wait(for pidfd: Int32) async throws(EdgeError) {
        // The source's own descriptor: the caller may close `pidfd` while the source is being cancelled.
        let descriptor = fcntl(pidfd, F_DUPFD_CLOEXEC, 0)
        guard descriptor >= 0 else { throw .system(call: "dup", path: "of a pidfd", code: errno) }
        let ends = AsyncStream<Never> { continuation in
            // Dispatch sources may be cancelled from any thread; their protocol only does not say so.
            nonisolated(unsafe) let source = DispatchSource.makeReadSource(fileDescriptor: descriptor, queue: .global())
            source.setEventHandler { continuation.finish() }
            source.setCancelHandler { close(descriptor) }
            continuation.onTermination = { _ in source.cancel() }
            source.activate()
        }
        for await _ in ends {}
    }
}
