import Glibc
import Synchronization

/// Lets a thread wait until a test says go.
final class Gate: Sendable {
    private let isOpen = Mutex(false)

    func open() { isOpen.withLock { $0 = true } }

    /// Blocks, 10 s at most.
    func wait() {
        for _ in 1...2000 where !isOpen.withLock({ $0 }) { usleep(5000) }
    }
}
