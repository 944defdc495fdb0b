import Foundation

/// What a report on a site's traffic covers.
public enum TrafficPeriod: String, Sendable, Hashable, CaseIterable {
    case hour, day, month

    /// Seconds that one count of the report stands for: a minute, an hour, a day in UTC.
    public var step: Int {
        switch self {
        case .hour: 60
        case .day: 3600
        case .month: 86_400
        }
    }

    /// Counts of a report, of which the last is still going on.
    public var length: Int {
        switch self {
        case .hour: 60
        case .day: 24
        case .month: 30
        }
    }

    /// Seconds for which one list of slow paths is kept: a sixth of the period. What a report says of paths is as old as
    /// the oldest list that reaches into its time.
    public var pathStep: Int { step * length / 6 }

    /// The beginning of the report that ends at `now`.
    public func start(at now: Date) -> Date {
        Self.beginning(of: now, step: step).addingTimeInterval(-Double(step * (length - 1)))
    }

    /// The beginning of the stretch of `step` seconds that a time is in.
    public static func beginning(of time: Date, step: Int) -> Date {
        Date(timeIntervalSince1970: (time.timeIntervalSince1970 / Double(step)).rounded(.down) * Double(step))
    }
}

/// Requests that were counted together.
public struct TrafficCount: Sendable, Hashable {
    /// By the first digit of the answer's status, from 1 to 5: five numbers.
    public var statuses: [Int]
    /// Of the answers, with their heads.
    public var bytes: Int

    public init(statuses: [Int] = [0, 0, 0, 0, 0], bytes: Int = 0) {
        self.statuses = statuses
        self.bytes = bytes
    }

    public var requests: Int { statuses.reduce(0, +) }

    /// Counts one request. A status that is none counts as 5.
    public mutating func add(status: Int, bytes: Int) {
        let digit = (1...5).contains(status / 100) ? status / 100 : 5
        statuses[digit - 1] += 1
        self.bytes += bytes
    }

    public static func += (sum: inout TrafficCount, other: TrafficCount) {
        for index in sum.statuses.indices { sum.statuses[index] += other.statuses[index] }
        sum.bytes += other.bytes
    }
}

/// How long the requests for one path took.
public struct PathTimes: Sendable, Hashable {
    public var requests: Int
    /// Milliseconds of all of them together.
    public var total: Int
    /// Milliseconds of the one that took longest.
    public var longest: Int

    public init(requests: Int = 0, total: Int = 0, longest: Int = 0) {
        self.requests = requests
        self.total = total
        self.longest = longest
    }

    /// Milliseconds.
    public var average: Int { requests == 0 ? 0 : total / requests }

    public mutating func add(milliseconds: Int) {
        requests += 1
        total += milliseconds
        longest = max(longest, milliseconds)
    }

    public static func += (sum: inout PathTimes, other: PathTimes) {
        sum.requests += other.requests
        sum.total += other.total
        sum.longest = max(sum.longest, other.longest)
    }
}

/// A site's traffic over a period.
public struct TrafficReport: Sendable {
    public let period: TrafficPeriod
    /// When the first count begins.
    public let start: Date
    /// One for each step of the period, the oldest first.
    public let counts: [TrafficCount]
    /// The slowest on average first, at most 10.
    public let slowest: [(path: String, times: PathTimes)]

    public init(
        period: TrafficPeriod, start: Date, counts: [TrafficCount], slowest: [(path: String, times: PathTimes)]
    ) {
        self.period = period
        self.start = start
        self.counts = counts
        self.slowest = slowest
    }

    /// All counts together.
    public var total: TrafficCount { counts.reduce(into: TrafficCount()) { $0 += $1 } }
}

/// Requests to sites that are counted in one go.
public struct TrafficBatch: Sendable {
    public struct Minute: Sendable, Hashable {
        public let site: SiteID
        /// The beginning of the minute.
        public let start: Date

        public init(site: SiteID, start: Date) {
            self.site = site
            self.start = start
        }
    }

    public struct SlowPath: Sendable, Hashable {
        public let site: SiteID
        /// The beginning of the minute.
        public let start: Date
        public let path: String
    }

    public private(set) var counts: [Minute: TrafficCount] = [:]
    public private(set) var paths: [SlowPath: PathTimes] = [:]

    public init() {}

    /// Counts one request. What took less than a millisecond is not slow; what was not found or not allowed tells nothing
    /// of the site.
    public mutating func add(
        site: SiteID, at time: Date, status: Int, bytes: Int, milliseconds: Int, path: String
    ) {
        let start = TrafficPeriod.beginning(of: time, step: 60)
        counts[Minute(site: site, start: start), default: TrafficCount()].add(status: status, bytes: bytes)
        if milliseconds > 0, !(400..<500).contains(status) {
            paths[SlowPath(site: site, start: start, path: path), default: PathTimes()].add(milliseconds: milliseconds)
        }
    }
}
