import Synchronization

/// The sites whose folders and logs a lane of this worker writes to at this moment, so that a site which is deleted
/// meanwhile is removed after the last write and not before.
final class BusySites: Sendable {
    /// By `Site.id`: whether somebody waits for the end.
    private let sites = Mutex<[Int64: Bool]>([:])

    func begin(_ site: Int64) { sites.withLock { $0[site] = false } }

    /// Returns whether somebody waits, and is to be woken.
    func end(_ site: Int64) -> Bool { sites.withLock { $0.removeValue(forKey: site) ?? false } }

    /// Whether a lane writes; if so, the caller counts as waiting.
    func isBusy(_ site: Int64) -> Bool {
        sites.withLock { sites in
            guard sites[site] != nil else { return false }
            sites[site] = true
            return true
        }
    }
}
