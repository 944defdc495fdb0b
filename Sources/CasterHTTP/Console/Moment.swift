import Foundation
import Mustache

/// A time as a page shows it: how long ago, or how long until, and the exact one on hover.
struct Moment: MustacheParent {
    /// ISO 8601, for programs.
    let iso: String
    /// To the second, in UTC.
    let exact: String
    /// `5 minutes ago`, `in 3 hours`.
    let relative: String

    init(_ date: Date, now: Date = .now) {
        iso = date.formatted(.iso8601)
        exact = "\(iso.prefix(10)) \(iso.dropFirst(11).prefix(8)) UTC"
        relative = Self.words(date.timeIntervalSince(now))
    }

    func child(named name: String) -> Any? {
        switch name {
        case "iso": iso
        case "exact": exact
        case "relative": relative
        default: nil
        }
    }

    /// - Parameter seconds: from now on; negative for the past.
    static func words(_ seconds: TimeInterval) -> String {
        let distance = abs(seconds)
        if distance < 10 { return "just now" }
        let text = length(distance)
        return seconds < 0 ? "\(text) ago" : "in \(text)"
    }

    /// `1 minute`, `3 hours`: in the largest unit that fits.
    static func length(_ seconds: TimeInterval) -> String {
        let units: [(String, Double)] = [
            ("year", 365 * 86_400), ("month", 30 * 86_400), ("day", 86_400), ("hour", 3600), ("minute", 60),
        ]
        for (unit, size) in units where seconds >= size {
            let count = Int(seconds / size)
            return "\(count) \(unit)\(count == 1 ? "" : "s")"
        }
        return "\(Int(seconds)) seconds"
    }

    /// What something took: `31 ms`, `2.4 s`, `3 min`.
    static func duration(_ seconds: TimeInterval) -> String {
        if seconds < 1 { return "\(Int((seconds * 1000).rounded())) ms" }
        if seconds < 60 { return "\((seconds * 10).rounded() / 10) s" }
        return "\(Int(seconds / 60)) min \(Int(seconds) % 60) s"
    }
}
