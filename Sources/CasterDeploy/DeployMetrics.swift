import CasterCore
import Metrics

/// What the worker counts.
enum DeployMetrics {
    /// The parts of a deployment's time.
    enum Stage: String {
        /// From the acceptance to a worker.
        case queue
        /// From the commit to a release.
        case build
        /// From the release to visitors.
        case switchOver = "switch"
    }

    /// A deployment that ended.
    static func count(_ status: DeploymentStatus, from source: DeploymentSource) {
        Counter(
            label: "caster_deployments", dimensions: [("status", status.rawValue), ("source", source.rawValue)]
        ).increment()
    }

    static func record(_ stage: Stage, _ duration: Duration) {
        Timer(label: "caster_deployment_stage", dimensions: [("stage", stage.rawValue)]).record(duration: duration)
    }
}
