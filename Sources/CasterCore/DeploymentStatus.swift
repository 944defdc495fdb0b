/// Where a deployment stands. `moves` is the whole state machine; the store refuses every other change in SQL.
public enum DeploymentStatus: String, Sendable, Hashable, CaseIterable {
    /// Accepted and durable; no worker has taken it up.
    case pending
    /// A worker turns the commit into a release.
    case building
    /// The release exists; visitors do not see it.
    case built
    /// The route is being switched.
    case deploying
    /// Visitors see it.
    case live
    /// It ended; the build log says why, and what was live stays live.
    case failed
    /// A newer deployment of the same environment took its place, before or after it went live.
    case superseded

    /// The states that a deployment in this state may move to.
    public var moves: Set<DeploymentStatus> {
        switch self {
        case .pending: [.building, .failed, .superseded]
        case .building: [.built, .failed, .superseded]
        case .built: [.deploying, .failed, .superseded]
        case .deploying: [.live, .failed, .superseded]
        case .live: [.superseded]
        case .failed, .superseded: []
        }
    }

    /// On the way to `live`, `other` comes after this one.
    public func isBefore(_ other: DeploymentStatus) -> Bool {
        let way: [DeploymentStatus] = [.pending, .building, .built, .deploying, .live]
        guard let here = way.firstIndex(of: self), let there = way.firstIndex(of: other) else { return false }
        return here < there
    }

    /// A worker holds it: after a crash the next worker takes it up again.
    public var isInProgress: Bool { self == .building || self == .built || self == .deploying }

    /// Nothing more will be written to its build log.
    public var isEnded: Bool { self == .live || self == .failed || self == .superseded }
}
