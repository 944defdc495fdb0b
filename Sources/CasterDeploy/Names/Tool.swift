import CasterCore
import CasterGit
import CasterProcess
import Glibc
import Synchronization

/// A program of others that is given a text and prints one: `nsupdate`, `dig`, `lego`, `openssl`.
struct Tool: Sendable {
    let name: String
    let path: String

    /// How it ended, and the first 64 KiB of what it printed on either stream.
    struct Outcome: Sendable {
        let status: Int32
        let text: String

        /// The last line that says something.
        var lastLine: String {
            text.split(separator: "\n").last { !$0.allSatisfy(\.isWhitespace) }.map(String.init) ?? "it said nothing"
        }
    }

    /// - Parameters:
    ///   - package: Debian's, which has it.
    ///   - other: what people are told of, if this one only starts it.
    ///
    /// Throws `Refusal.unavailable` if it is not installed.
    init(_ name: String, package: String, starting other: String? = nil) throws(Refusal) {
        guard let path = InstalledProgram.path(of: name) else {
            throw .unavailable("\(name) is not installed: install \(package)")
        }
        self.name = other ?? name
        self.path = path
    }

    /// Runs it to its end. Its environment is `PATH` and what is given; cancellation kills it.
    ///
    /// Throws `SpawnError`, `CancellationError`, or `Refusal.unavailable` if it takes longer than so many seconds.
    func run(
        _ arguments: [String], environment: [String: String] = [:], input: String = "", seconds: Int
    ) async throws -> Outcome {
        let isCancelled = Flag()
        return try await withTaskCancellationHandler {
            try await BlockingThreads.program {
                try runBlocking(arguments, environment, input, seconds: seconds, isCancelled: isCancelled)
            }
        } onCancel: {
            isCancelled.raise()
        }
    }

    private func runBlocking(
        _ arguments: [String], _ environment: [String: String], _ input: String, seconds: Int, isCancelled: Flag
    ) throws -> Outcome {
        let (stdin, stdout) = (try Pipe(), try Pipe())
        // Shorter than what a pipe holds, so this waits for nobody.
        precondition(input.utf8.count < 1 << 16)
        _ = Array(input.utf8).withUnsafeBytes { write(stdin.writing, $0.baseAddress, $0.count) }
        stdin.endWriting()
        let child = try ChildProcess(
            executable: path, arguments: arguments,
            environment: [
                "PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "LC_ALL": "C.UTF-8", "HOME": "/nonexistent",
            ]
            .merging(environment) { $1 },
            stdin: stdin.reading, stdout: stdout.writing, stderr: stdout.writing)
        stdout.endWriting()
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        let deadline = ContinuousClock.now + .seconds(seconds)
        while true {
            if isCancelled.isRaised { throw CancellationError() }
            guard ContinuousClock.now < deadline else {
                throw Refusal.unavailable("\(name) did not end within \(seconds) s")
            }
            var poller = pollfd(fd: stdout.reading, events: Int16(POLLIN), revents: 0)
            guard poll(&poller, 1, 200) > 0 else { continue }
            let count = read(stdout.reading, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            if count <= 0 { break }
            if bytes.count < 1 << 16 { bytes += buffer.prefix(count) }
        }
        return Outcome(status: child.waitForExit(), text: String(decoding: bytes, as: UTF8.self))
    }
}

/// Raised once, by another thread.
private final class Flag: Sendable {
    private let value = Atomic(false)

    func raise() { value.store(true, ordering: .relaxed) }
    var isRaised: Bool { value.load(ordering: .relaxed) }
}

/// Both ends of a `pipe(2)`, closed when it goes.
private final class Pipe {
    let reading: Int32
    private(set) var writing: Int32

    init() throws {
        var ends: [Int32] = [0, 0]
        // Without FD_CLOEXEC: ChildProcess hands on no descriptor but those that it is told to.
        guard pipe(&ends) == 0 else { throw FileError(path: "pipe", code: errno) }
        (reading, writing) = (ends[0], ends[1])
    }

    func endWriting() {
        if writing >= 0 { close(writing) }
        writing = -1
    }

    deinit {
        endWriting()
        close(reading)
    }
}
