import CasterControl
import NIOCore
import Synchronization

/// What the person who pushes reads, as it is written. Several tasks may write.
final class HookAnswer: Sendable {
    private let output: NIOAsyncChannelOutboundWriter<ByteBuffer>
    private let state = Mutex((isBegun: false, latest: ContinuousClock.now))

    init(output: NIOAsyncChannelOutboundWriter<ByteBuffer>) { self.output = output }

    /// Writes text, after the acknowledgement of the message if this is the first. Throws when the client has left.
    func write(_ text: String) async throws {
        let isFirst = state.withLock { state in
            defer { state = (true, .now) }
            return !state.isBegun
        }
        try await output.write(ByteBuffer(string: (isFirst ? HookMessage.acknowledgement : "") + text))
    }

    /// Writes a line whenever nothing else was written for `interval`, until it is cancelled.
    func keepAlive(every interval: Duration, _ line: @Sendable () -> String) async throws {
        while true {
            let due = state.withLock { $0.latest } + interval
            if due <= .now {
                try await write(line())
            } else {
                try await Task.sleep(until: due, clock: .continuous)
            }
        }
    }
}
