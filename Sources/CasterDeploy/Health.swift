import CasterCore
import CasterStore
import Glibc
import Logging
import Metrics

extension Platform {
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

    /// Sets the gauge of deployments that wait for a worker.
    public func measureQueue() async throws {
        Meter(label: "caster_queue_length").set(try await store.queueLength())
    }
}
