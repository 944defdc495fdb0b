import Glibc

/// nginx's error log. Visitors can cause lines in it, so it is bounded: the newest lines and one older file.
struct ErrorLog: Sendable {
    let path: String
    /// Bytes at which a new file is begun. Looked at every 5 seconds.
    var limit = 8 << 20

    /// Returns only by throwing: `CancellationError`, or `EdgeError`.
    func keepBounded(of nginx: RunningNginx) async throws {
        while true {
            if try rotate() { nginx.signal(SIGUSR1) }
            try await Task.sleep(for: .seconds(5))
        }
    }

    /// Moves a log over the limit aside. Returns whether it did: then nginx must open its log again.
    func rotate() throws(EdgeError) -> Bool {
        var status = stat()
        guard stat(path, &status) == 0, status.st_size > limit else { return false }
        guard rename(path, "\(path).1") == 0 else { throw .system(call: "rename", path: path, code: errno) }
        return true
    }
}
