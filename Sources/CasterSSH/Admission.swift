import CasterCore
import Metrics
import Synchronization

/// How many connections there are, in total and from each address.
final class Admission: Sendable {
    private let limits: Limits
    private let current = Mutex(Count())
    private let gauge = Meter(label: "caster_ssh_sessions")

    private struct Count {
        var total = 0
        var ofAddress: [ClientAddress: Int] = [:]
    }

    init(limits: Limits) { self.limits = limits }

    /// Connections that have entered and not left.
    var count: Int { current.withLock(\.total) }

    /// Counts a new connection in; or returns the sentence that refuses it.
    func enter(from address: ClientAddress) -> String? {
        current.withLock { count in
            guard count.total < limits.sshConnections else {
                return "this server has its limit of \(limits.sshConnections) connections (CASTER_SSH_CONNECTIONS): "
                    + "try again in a moment"
            }
            let ofAddress = count.ofAddress[address, default: 0]
            guard ofAddress < limits.sshConnectionsPerAddress else {
                return "your address has its limit of \(limits.sshConnectionsPerAddress) connections "
                    + "(CASTER_SSH_CONNECTIONS_PER_ADDRESS): try again in a moment"
            }
            count.total += 1
            count.ofAddress[address] = ofAddress + 1
            gauge.set(count.total)
            return nil
        }
    }

    func leave(from address: ClientAddress) {
        current.withLock { count in
            count.total -= 1
            gauge.set(count.total)
            let ofAddress = count.ofAddress[address, default: 1] - 1
            count.ofAddress[address] = ofAddress == 0 ? nil : ofAddress
        }
    }

    /// Waits until nobody is connected, at most for this long; does so even in a cancelled task. True if nobody is.
    func waitUntilEmpty(within duration: Duration) async -> Bool {
        let deadline = ContinuousClock.now + duration
        // Unstructured, so that cancellation does not end the sleep.
        return await Task { [self] in
            while count > 0, ContinuousClock.now < deadline {
                do {
                    try await Task.sleep(for: .milliseconds(10))
                } catch {
                    return false
                }
            }
            return count == 0
        }.value
    }
}
