import CasterControl
import CasterCore
import CasterEngine
import CasterStore
import Foundation

extension Containers {
    /// Hands over what a site's container prints: its last lines, then each line as it comes, from one container to the
    /// next, until it is cancelled or the site is gone.
    func printOutput(of site: SiteID, tail: Int, each: (String) async throws -> Void) async throws {
        var tail = tail
        var last: (id: String, end: Date)?
        var wakes = platform.wakeSocket.wakes(for: .queue).makeAsyncIterator()
        repeat {
            guard let site = try await platform.store.site(site) else { return }
            guard let live = try await platform.store.liveDeployment(of: site), live.image != nil else { continue }
            let found = try await engine.containers(labels: labels, site: site.siteID)
                .first { $0.release == live.releaseID ?? live.id }
            // One that has ended and was read to its end has nothing new.
            guard let found, found.isRunning || last?.id != found.id else { continue }
            let since = last?.id == found.id ? last?.end : nil
            try await engine.logs(of: found.id, tail: tail, since: since, follows: true, each: each)
            last = (found.id, .now)
            tail = 10_000
        } while await wakes.next() != nil
    }
}
