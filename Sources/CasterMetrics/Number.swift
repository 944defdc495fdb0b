import CoreMetrics
import Synchronization

/// A counter or a gauge.
final class Number: CounterHandler, MeterHandler, RecorderHandler {
    enum Kind: String {
        case counter, gauge
    }

    let kind: Kind
    private let stored = Mutex(0.0)

    init(kind: Kind) { self.kind = kind }

    var value: Double { stored.withLock { $0 } }

    func increment(by amount: Int64) { stored.withLock { $0 += Double(amount) } }
    func increment(by amount: Double) { stored.withLock { $0 += amount } }
    func decrement(by amount: Double) { stored.withLock { $0 -= amount } }
    func set(_ value: Int64) { set(Double(value)) }
    func set(_ value: Double) { stored.withLock { $0 = value } }
    func record(_ value: Int64) { set(Double(value)) }
    func record(_ value: Double) { set(value) }
    func reset() { set(0.0) }
}
