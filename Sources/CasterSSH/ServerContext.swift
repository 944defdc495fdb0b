import CasterDeploy

/// What all connections of one server share.
struct ServerContext: Sendable {
    let platform: Platform
    let pushes: Pushes
    let git: GitProgram
    let stop: StopSignal
}
