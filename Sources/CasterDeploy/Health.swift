import CasterControl
import CasterCore
import CasterGit
import CasterMetrics
import CasterStore
import Glibc
import Logging
import Metrics

extension Platform {
    /// Whether an operation failed because the disk is full, and may succeed once there is room.
    public static func isDiskFull(_ error: any Error) -> Bool {
        switch error {
        case let error as FileError: error.isDiskFull
        case let error as GitError: error.isDiskFull
        default: Store.isDiskFull(error)
        }
    }

    /// Whether the platform can take a deployment now.
    ///
    /// Throws `Refusal.unavailable` with what is wrong: the store cannot be read, or the data folder not be written to.
    public func checkReadiness() async throws {
        do {
            _ = try await store.queueLength()
        } catch {
            logger.error("the store cannot be read: look at the data folder", metadata: ["error": "\(error)"])
            throw Refusal.unavailable("the store cannot be read")
        }
        guard access(folder.root, W_OK | X_OK) == 0 else {
            throw Refusal.unavailable("the data folder cannot be written to")
        }
    }

    /// What every running role has counted, in Prometheus' text format, version 0.0.4.
    public func metrics() async throws -> String {
        Meter(label: "caster_queue_length").set(try await store.queueLength())
        return try await BlockingThreads.disk { [folder] in
            PrometheusText.merged(MetricsSocket.texts(in: folder.metricsSockets))
        }
    }
}
