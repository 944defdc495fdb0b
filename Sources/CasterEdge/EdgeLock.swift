import Glibc
import Synchronization

/// The right to supervise the nginx of a data folder. Held until this object goes, or the process ends.
final class EdgeLock: Sendable {
    private let path: String
    private let descriptor = Mutex<Int32?>(nil)

    init(path: String) { self.path = path }

    var isTaken: Bool { descriptor.withLock { $0 != nil } }

    /// Throws `EdgeError.alreadyRunning` if another process has it. Fine if it is this object's already.
    func take() throws(EdgeError) {
        try descriptor.withLock { descriptor throws(EdgeError) in
            guard descriptor == nil else { return }
            let number = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
            guard number >= 0 else { throw .system(call: "open", path: path, code: errno) }
            guard flock(number, LOCK_EX | LOCK_NB) == 0 else {
                let code = errno
                close(number)
                let folder = String(path[..<(path.lastIndex(of: "/") ?? path.endIndex)])
                throw code == EWOULDBLOCK
                    ? .alreadyRunning(folder: folder) : .system(call: "flock", path: path, code: code)
            }
            descriptor = number
        }
    }

    deinit {
        if let number = descriptor.withLock({ $0 }) { close(number) }
    }
}
