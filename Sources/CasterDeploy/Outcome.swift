import CasterCore
import CasterStore
import Foundation

/// How far a deployment came within the time that somebody waited for it.
public struct DeploymentOutcome: Sendable {
    /// As it is now: not ended if the time was over first.
    public let deployment: Deployment
    /// The last status before the end that was seen; nil if it ended before anybody looked.
    public let stage: DeploymentStatus?
}

extension Platform {
    /// Waits until a deployment has ended, or the time is over; it goes on then.
    ///
    /// - Parameter onEvent: is told each step and the log's lines on the way.
    ///
    /// Throws `Refusal.notFound` if the site is deleted meanwhile, and what `onEvent` throws.
    public func outcome(
        of deployment: Deployment, within time: Duration,
        onEvent: @escaping @Sendable (DeploymentEvent) async throws -> Void
    ) async throws -> DeploymentOutcome {
        if deployment.status.isEnded { return DeploymentOutcome(deployment: deployment, stage: nil) }
        return try await withThrowingTaskGroup(of: DeploymentOutcome?.self) { group in
            group.addTask {
                var stage: DeploymentStatus?
                for try await event in follow(deployment.id) {
                    try await onEvent(event)
                    switch event {
                    case .moved(let status): stage = status
                    case .log, .silence: break
                    case .ended(let ended): return DeploymentOutcome(deployment: ended, stage: stage)
                    }
                }
                throw CancellationError()
            }
            group.addTask {
                try await Task.sleep(for: time)
                return nil
            }
            defer { group.cancelAll() }
            if let outcome = try await group.next() ?? nil { return outcome }
            guard let now = try await store.deployment(deployment.id) else {
                throw Refusal.notFound("the site was deleted")
            }
            return DeploymentOutcome(deployment: now, stage: now.status)
        }
    }
}
