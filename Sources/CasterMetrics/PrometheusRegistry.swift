import CoreMetrics
import Synchronization

/// Keeps what swift-metrics records in this process, and writes it in Prometheus' text format, version 0.0.4. Counters,
/// meters and recorders are values; timers are histograms in seconds. Nothing is ever forgotten, so labels must come
/// from small sets: route templates, never paths.
public final class PrometheusRegistry: MetricsFactory {
    struct Key: Hashable {
        let name: String
        /// `{a="b",c="d"}`, sorted, or empty.
        let labels: String
    }

    private let numbers = Mutex<[Key: Number]>([:])
    private let histograms = Mutex<[Key: Histogram]>([:])

    public init() {}

    /// Every metric, families in alphabetical order.
    public func text() -> String {
        var lines: [String] = []
        var family = ""
        for (key, number) in numbers.withLock({ $0 }).sorted(by: { Self.isBefore($0.key, $1.key) }) {
            if key.name != family { lines.append("# TYPE \(key.name) \(number.kind.rawValue)") }
            family = key.name
            lines.append("\(key.name)\(key.labels) \(Self.format(number.value))")
        }
        family = ""
        for (key, histogram) in histograms.withLock({ $0 }).sorted(by: { Self.isBefore($0.key, $1.key) }) {
            if key.name != family { lines.append("# TYPE \(key.name) histogram") }
            family = key.name
            lines += histogram.lines(name: key.name, labels: key.labels)
        }
        return lines.joined(separator: "\n") + "\n"
    }

    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        number(.counter, Self.name(label) + "_total", dimensions)
    }

    public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        number(.gauge, Self.name(label), dimensions)
    }

    public func makeRecorder(
        label: String, dimensions: [(String, String)], aggregate: Bool
    ) -> any RecorderHandler {
        number(.gauge, Self.name(label), dimensions)
    }

    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        let key = Key(name: Self.name(label) + "_seconds", labels: Self.labels(dimensions))
        return histograms.withLock { histograms in
            if let known = histograms[key] { return known }
            let histogram = Histogram()
            histograms[key] = histogram
            return histogram
        }
    }

    // What was counted stays: a scraper expects counters never to go back.
    public func destroyCounter(_ handler: any CounterHandler) {}
    public func destroyMeter(_ handler: any MeterHandler) {}
    public func destroyRecorder(_ handler: any RecorderHandler) {}
    public func destroyTimer(_ handler: any TimerHandler) {}

    private func number(_ kind: Number.Kind, _ name: String, _ dimensions: [(String, String)]) -> Number {
        let key = Key(name: name, labels: Self.labels(dimensions))
        return numbers.withLock { numbers in
            if let known = numbers[key] { return known }
            let number = Number(kind: kind)
            numbers[key] = number
            return number
        }
    }

    private static func isBefore(_ left: Key, _ right: Key) -> Bool {
        (left.name, left.labels) < (right.name, right.labels)
    }

    /// A metric's name consists of ASCII letters, digits and `_`.
    static func name(_ label: String) -> String {
        String(label.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
    }

    static func labels(_ dimensions: [(String, String)]) -> String {
        guard !dimensions.isEmpty else { return "" }
        let pairs = dimensions.sorted { $0.0 < $1.0 }.map { label, value in
            let escaped = value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
            return "\(name(label))=\"\(escaped)\""
        }
        return "{\(pairs.joined(separator: ","))}"
    }

    static func format(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e15 ? String(Int64(value)) : String(value)
    }
}
