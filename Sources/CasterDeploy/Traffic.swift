import CasterCore
import CasterStore
import Foundation

extension Platform {
    /// What visitors asked of a site until some seconds ago. Requests count from the site's first deployment on.
    public func traffic(of site: Site, over period: TrafficPeriod) async throws -> TrafficReport {
        try await store.traffic(of: site, over: period, at: .now)
    }
}
