import Synchronization

/// Where a build is, as its output tells: shared by what reads the output and what watches the limits.
final class BuildState: Sendable {
    let lines = LineBuffer()
    /// The short ID of each container that the engine starts for a step, once.
    let steps: AsyncStream<String>
    private let stepsContinuation: AsyncStream<String>.Continuation
    private let logLimit: Int
    private let state = Mutex((bytes: 0, step: String?.none))

    init(logLimit: Int) {
        self.logLimit = logLimit
        (steps, stepsContinuation) = AsyncStream.makeStream()
    }

    /// Takes a line of output. False if that is more than the log may have.
    func add(_ line: String) -> Bool {
        let step = Self.step(beginningWith: line)
        let isWithin = state.withLock { state in
            state.bytes += line.utf8.count + 1
            if let step { state.step = step }
            return state.bytes <= logLimit
        }
        if let step { stepsContinuation.yield(step) }
        if isWithin { lines.add(line) }
        return isWithin
    }

    /// The short ID of the container that the engine is about to start, if the line says so.
    private static func step(beginningWith line: String) -> String? {
        id(in: line, after: " ---> Running in ")
    }

    /// What follows a prefix, if that is an ID of the engine's and all there is. By hand: a build prints many lines, and
    /// a regular expression takes tens of microseconds for each.
    static func id(in line: some StringProtocol, after prefix: String) -> String? {
        guard line.hasPrefix(prefix) else { return nil }
        let id = line.utf8.dropFirst(prefix.utf8.count)
        let digits = [UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f")]
        guard 12...64 ~= id.count, id.allSatisfy({ byte in digits.contains { $0.contains(byte) } }) else { return nil }
        return String(decoding: id, as: UTF8.self)
    }

    /// The short ID of the container that runs the present step, or ran the last one.
    var step: String? { state.withLock(\.step) }

    /// Whether a container, by its full ID, runs the present step.
    func isStep(_ container: String) -> Bool { step.map(container.hasPrefix) ?? false }
}

/// Lines on their way to a log.
final class LineBuffer: Sendable {
    private let lines = Mutex<[String]>([])

    func add(_ line: String) { lines.withLock { $0.append(line) } }

    func take() -> [String] {
        lines.withLock { lines in
            defer { lines = [] }
            return lines
        }
    }
}
