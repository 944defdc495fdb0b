import Glibc

/// Tells any number of polling threads to stop: a pipe with a byte in it that nobody reads.
final class StopSignal: Sendable {
    /// Readable once the signal was given; for `poll(2)`. Valid as long as this object.
    var descriptor: Int32 { pipe.reader }
    private let pipe: Pipe

    /// Throws `PipeError`.
    init() throws(PipeError) { pipe = try Pipe() }

    /// Gives the signal; more than once is the same as once.
    func give() {
        var byte: UInt8 = 1
        _ = write(pipe.writer, &byte, 1)
    }

    deinit { pipe.close() }
}
