import CasterCore
import CasterDeploy
import Foundation
import Hummingbird

/// `sites/{identifier}/traffic`.
struct TrafficAPI: Sendable {
    let platform: Platform

    func get(_ request: Request, context: APIContext) async throws -> TrafficBody {
        let site = try await platform.site(context.parameters.require("identifier"), of: context.requireUser())
        let asked = request.uri.queryParameters["period"].map(String.init) ?? TrafficPeriod.day.rawValue
        guard let period = TrafficPeriod(rawValue: asked) else {
            throw Refusal.invalid("period must be hour, day or month")
        }
        return TrafficBody(try await platform.traffic(of: site, over: period))
    }
}

struct TrafficBody: ResponseEncodable {
    let period: String
    let start: Date
    /// Seconds.
    let step: Int
    let requests: Int
    let bytes: Int
    let statuses: Statuses
    let steps: [Step]
    let slowest: [Path]

    struct Statuses: Encodable {
        let counts: [Int]

        enum CodingKeys: String, CodingKey, CaseIterable {
            case informational = "1xx"
            case successful = "2xx"
            case redirected = "3xx"
            case refused = "4xx"
            case failed = "5xx"
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            for (key, count) in zip(CodingKeys.allCases, counts) { try container.encode(count, forKey: key) }
        }
    }

    struct Step: Encodable {
        let start: Date
        let requests: Int
        let bytes: Int
        let statuses: Statuses
    }

    struct Path: Encodable {
        let path: String
        let requests: Int
        let averageMilliseconds: Int
        let longestMilliseconds: Int

        enum CodingKeys: String, CodingKey {
            case path, requests
            case averageMilliseconds = "average_ms"
            case longestMilliseconds = "longest_ms"
        }
    }

    init(_ report: TrafficReport) {
        let total = report.total
        period = report.period.rawValue
        start = report.start
        step = report.period.step
        requests = total.requests
        bytes = total.bytes
        statuses = Statuses(counts: total.statuses)
        steps = report.counts.enumerated().map { index, count in
            Step(
                start: report.start.addingTimeInterval(Double(index * report.period.step)), requests: count.requests,
                bytes: count.bytes, statuses: Statuses(counts: count.statuses))
        }
        slowest = report.slowest.map { path, times in
            Path(
                path: path, requests: times.requests, averageMilliseconds: times.average,
                longestMilliseconds: times.longest)
        }
    }
}
