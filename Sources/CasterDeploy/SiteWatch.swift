import CasterControl
import CasterCore
import CasterStore
import Foundation

extension Platform {
    /// A page of the sites of an account with their newest deployments, newest site first.
    ///
    /// - Parameter text: only sites whose name or short ID contains it; all if it is empty.
    public func siteSummaries(
        of user: User, matching text: String = "", page: Page = Page()
    ) async throws -> [SiteSummary] {
        try await store.siteSummaries(of: user, matching: text, page: page)
    }

    /// The newest deployments of a site, at most `limit`, and its container: as they are, and again whenever one comes or
    /// moves on. It ends when the site is deleted, and never throws for that.
    public func watch(_ site: Site, limit: Int) -> AsyncThrowingStream<SiteActivity, any Error> {
        AsyncThrowingStream { continuation in
            let task = Task {
                do {
                    try await watch(site, limit: limit) { continuation.yield($0) }
                    continuation.finish()
                } catch {
                    continuation.finish(throwing: error)
                }
            }
            continuation.onTermination = { _ in task.cancel() }
        }
    }

    private func watch(_ site: Site, limit: Int, _ yield: (SiteActivity) -> Void) async throws {
        var wake = Wake.queue
        var seen: SiteActivity?
        while !Task.isCancelled {
            // Subscribed before the look, so that no change falls between the two.
            var wakes = wakeSocket.wakes(for: wake).makeAsyncIterator()
            repeat {
                guard try await store.site(id: site.id) != nil else { return }
                let activity = SiteActivity(
                    deployments: try await store.deployments(of: site, page: Page(limit: limit)),
                    containerState: try await containerState(of: site))
                if activity != seen { yield(activity) }
                seen = activity
                // What is under way moves on next; else something new comes.
                let busy = activity.deployments.first { !$0.status.isEnded }
                let next = busy.map { Wake.deployment($0.id) } ?? .queue
                if next != wake {
                    wake = next
                    break
                }
            } while await wakes.next() != nil
        }
    }
}

/// What somebody who watches a site sees.
public struct SiteActivity: Sendable, Hashable {
    /// Newest first.
    public let deployments: [Deployment]
    /// Nil where visitors see files, or nothing.
    public let containerState: SiteEnvironment.ContainerState?
}
