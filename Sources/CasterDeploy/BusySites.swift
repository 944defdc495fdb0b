import Synchronization

/// The sites whose folders and logs a lane of this worker writes to at this moment, so that a site which is deleted
/// meanwhile is removed after the last write and not before.
final class BusySites: Sendable {
    private struct Work {
        let cancellation = Cancellation()
        /// Somebody waits for its end.
        var isAwaited = false
    }

    /// By `Site.id`.
    private let sites = Mutex<[Int64: Work]>([:])

    /// How many lanes write.
    var count: Int { sites.withLock { $0.count } }

    /// Returns what tells the work that nobody needs it any more.
    func begin(_ site: Int64) -> Cancellation {
        let work = Work()
        sites.withLock { $0[site] = work }
        return work.cancellation
    }

    /// Returns whether somebody waits, and is to be woken.
    func end(_ site: Int64) -> Bool { sites.withLock { $0.removeValue(forKey: site)?.isAwaited ?? false } }

    /// Cancels what a lane does for a site that is deleted. Returns whether there is such a lane; if so, the caller
    /// counts as waiting.
    func cancel(_ site: Int64) -> Bool {
        sites.withLock { sites in
            sites[site]?.isAwaited = true
            sites[site]?.cancellation.cancel()
            return sites[site] != nil
        }
    }
}

/// Asks work on another thread to stop at its next step.
final class Cancellation: Sendable {
    private let flag = Atomic(false)

    var isCancelled: Bool { flag.load(ordering: .relaxed) }

    func cancel() { flag.store(true, ordering: .relaxed) }
}
