import CasterControl
import CasterCore
import Logging

/// Writes to the build log of one deployment, and tells whoever follows it.
struct DeploymentLog: Sendable {
    let platform: Platform
    let deployment: Int64
    let logger: Logger

    func write(_ line: String) async { await write([line]) }

    /// - Parameter limit: bytes of the whole log; nil for the setting.
    func write(_ lines: [String], limit: Int? = nil, wakes: Bool = true) async {
        if lines.isEmpty { return }
        let log = BuildLog(path: platform.folder.log(deployment: deployment))
        let limit = limit ?? platform.limits.logBytes
        do {
            try await BlockingThreads.disk { try log.append(lines, limit: limit) }
        } catch {
            logger.error(
                "the build log cannot be written", metadata: ["deployment": "\(deployment)", "error": "\(error)"])
        }
        if wakes { platform.wakeSocket.send(.deployment(deployment)) }
    }

    /// Writes what comes into a buffer, until it is cancelled.
    func flush(_ lines: LineBuffer, every interval: Duration) async throws {
        while true {
            try await Task.sleep(for: interval)
            // To its end, also when it is cancelled meanwhile: lines that were taken are written.
            await Task { await write(lines.take()) }.value
        }
    }
}
