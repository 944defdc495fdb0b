import CasterCore
import Foundation

/// A site's traffic as its page shows it: totals in words, and two charts of bars.
struct TrafficView {
    struct Choice {
        let label: String
        let link: String
        let isShown: Bool
    }

    struct Share {
        /// `2xx`.
        let label: String
        let count: String
        /// The class of its bars.
        let kind: String
    }

    struct Bar {
        let title: String
        let parts: [Part]
    }

    /// A rectangle, in the chart's own units: 600 wide, 100 high.
    struct Part {
        let x: String
        let y: String
        let width: String
        let height: String
        let kind: String
    }

    struct Path {
        let path: String
        let requests: String
        let average: String
        let longest: String
    }

    let choices: [Choice]
    /// What the sentences call the period: `hour`.
    let period: String
    let isEmpty: Bool
    let requests: String
    let bytes: String
    let shares: [Share]
    let requestBars: [Bar]
    let byteBars: [Bar]
    /// What the highest bar stands for.
    let mostRequests: String
    let mostBytes: String
    /// What one bar stands for: `a minute`, `an hour` or `a day`.
    let unit: String
    /// When the first bar begins.
    let start: String
    let slowest: [Path]

    /// - Parameter link: the site's page.
    init(_ report: TrafficReport, link: String) {
        let total = report.total
        choices = TrafficPeriod.allCases.map {
            Choice(
                label: "Last \($0.rawValue)", link: "\(link)?traffic=\($0.rawValue)#traffic",
                isShown: $0 == report.period)
        }
        period = report.period.rawValue
        isEmpty = total.requests == 0
        requests = Self.number(total.requests)
        bytes = ByteCount.words(total.bytes)
        shares = total.statuses.enumerated().filter { $0.element > 0 }.map {
            Share(label: "\($0.offset + 1)xx", count: Self.number($0.element), kind: "s\($0.offset + 1)")
        }
        unit = ["hour": "a minute", "day": "an hour"][period] ?? "a day"
        start = Self.time(report.start, of: report.period)
        let greatest = report.counts.map(\.requests).max() ?? 0
        let most = report.counts.map(\.bytes).max() ?? 0
        mostRequests = Self.number(greatest)
        mostBytes = ByteCount.words(most)
        let times = report.counts.indices.map {
            Self.time(report.start.addingTimeInterval(Double($0 * report.period.step)), of: report.period)
        }
        requestBars = Self.bars(report.counts.map(\.statuses), kinds: (1...5).map { "s\($0)" }, greatest) { index in
            let count = report.counts[index].requests
            return "\(times[index]): \(Self.number(count)) request\(count == 1 ? "" : "s")"
        }
        byteBars = Self.bars(report.counts.map { [$0.bytes] }, kinds: ["bytes"], most) {
            "\(times[$0]): \(ByteCount.words(report.counts[$0].bytes))"
        }
        slowest = report.slowest.map { path, times in
            Path(
                path: path, requests: Self.number(times.requests),
                average: Moment.duration(Double(times.average) / 1000),
                longest: Moment.duration(Double(times.longest) / 1000))
        }
    }

    /// One bar for each stretch of time that has something, its parts one above the other.
    private static func bars(
        _ stacks: [[Int]], kinds: [String], _ greatest: Int, title: (Int) -> String
    ) -> [Bar] {
        guard greatest > 0 else { return [] }
        let room = 600 / Double(stacks.count)
        return stacks.enumerated().filter { $0.element.contains { $0 > 0 } }.map { index, stack in
            var bottom = 100.0
            let parts = zip(stack, kinds).filter { $0.0 > 0 }.map { value, kind in
                // What is there can be seen, however little it is.
                let height = max(1, 100 * Double(value) / Double(greatest))
                bottom = max(0, bottom - height)
                return Part(
                    x: decimal(Double(index) * room + room * 0.1), y: decimal(bottom), width: decimal(room * 0.8),
                    height: decimal(height), kind: kind)
            }
            return Bar(title: title(index), parts: parts)
        }
    }

    private static func decimal(_ value: Double) -> String { String((value * 10).rounded() / 10) }

    /// In UTC, as the counts are.
    private static func time(_ date: Date, of period: TrafficPeriod) -> String {
        let text = date.formatted(.iso8601)
        return period == .month ? String(text.prefix(10)) : "\(text.dropFirst(11).prefix(5)) UTC"
    }

    /// With a comma between thousands.
    static func number(_ value: Int) -> String {
        var digits = String(value)[...]
        var groups: [Substring] = []
        while digits.count > 3 {
            groups.append(digits.suffix(3))
            digits = digits.dropLast(3)
        }
        return ([digits] + groups.reversed()).joined(separator: ",")
    }
}
