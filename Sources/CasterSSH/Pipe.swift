import CLinux
import Glibc

/// Two descriptors: what is written to one comes out of the other. Neither is inherited by other programs.
struct Pipe {
    let reader: Int32
    let writer: Int32

    /// Throws `PipeError` if the process has too many descriptors already.
    init() throws(PipeError) {
        var ends: [Int32] = [-1, -1]
        guard clinux_pipe(&ends) == 0 else { throw PipeError(code: errno) }
        reader = ends[0]
        writer = ends[1]
    }

    func close() {
        Glibc.close(reader)
        Glibc.close(writer)
    }
}

/// A pipe that could not be made.
struct PipeError: Error, Sendable, CustomStringConvertible {
    /// An `errno` value.
    let code: Int32

    var description: String { "no pipe could be made: \(String(cString: strerror(code)))" }
}
