import CoreMetrics
import Synchronization

/// Durations, counted by upper bounds from 1 ms to 5 minutes.
final class Histogram: TimerHandler {
    private static let bounds = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300]

    private struct Counts {
        /// One for each bound, and one for what is longer.
        var buckets = [Int](repeating: 0, count: Histogram.bounds.count + 1)
        var sum = 0.0
    }

    private let counts = Mutex(Counts())

    func recordNanoseconds(_ duration: Int64) {
        let seconds = Double(duration) / 1e9
        let bucket = Self.bounds.firstIndex { seconds <= $0 } ?? Self.bounds.count
        counts.withLock { counts in
            counts.buckets[bucket] += 1
            counts.sum += seconds
        }
    }

    func lines(name: String, labels: String) -> [String] {
        let counts = counts.withLock { $0 }
        let rest = labels.isEmpty ? "" : labels.dropFirst().dropLast() + ","
        var total = 0
        var lines: [String] = []
        for (bound, count) in zip(Self.bounds.map(PrometheusRegistry.format) + ["+Inf"], counts.buckets) {
            total += count
            lines.append("\(name)_bucket{\(rest)le=\"\(bound)\"} \(total)")
        }
        return lines + ["\(name)_sum\(labels) \(counts.sum)", "\(name)_count\(labels) \(total)"]
    }
}
