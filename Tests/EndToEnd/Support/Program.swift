import CasterProcess
import Foundation
import Glibc

/// A command that a person would type, run by itself: what it prints is kept in files, so that it never waits for us.
final class Program: Sendable {
    let words: [String]
    private let child: ChildProcess
    private let output: CaptureFile
    /// The same as `output` if the two are merged, in the order in which they were printed.
    private let errors: CaptureFile

    /// - Parameters:
    ///   - words: the program's name or absolute path, and its arguments.
    ///   - environment: all of it, apart from `PATH`.
    ///   - merged: standard error goes where standard output goes, as on a terminal.
    init(
        _ words: [String], environment: [String: String] = [:], directory: String = "/", input: Data = Data(),
        merged: Bool = true
    ) throws {
        self.words = words
        output = try CaptureFile()
        errors = merged ? output : try CaptureFile()
        let stdin = try CaptureFile(containing: input)
        child = try ChildProcess(
            executable: Self.find(words[0]), arguments: Array(words.dropFirst()),
            environment: ["PATH": Self.path, "LC_ALL": "C.UTF-8"].merging(environment) { $1 },
            directory: directory, stdin: stdin.descriptor, stdout: output.descriptor, stderr: errors.descriptor)
    }

    static let path = "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin"

    private static func find(_ name: String) -> String {
        if name.hasPrefix("/") { return name }
        let places = path.split(separator: ":").map { "\($0)/\(name)" }
        return places.first { access($0, X_OK) == 0 } ?? name
    }

    var pid: Int32 { child.pid }

    /// Everything printed so far.
    var printed: String { output.text }

    /// How it ended; nil while it runs.
    var outcome: Outcome? {
        child.exitStatus().map { status in
            Outcome(status: status, output: output.bytes, errors: errors === output ? Data() : errors.bytes)
        }
    }

    /// Waits until it has ended. Kills it, and throws `TimedOut`, when it takes longer than `time`.
    @discardableResult
    func wait(within time: Duration = .seconds(60)) async throws -> Outcome {
        try await onThread { [self] in
            let deadline = ContinuousClock.now + time
            var poller = pollfd(fd: child.pidfd, events: Int16(POLLIN), revents: 0)
            while true {
                if let outcome { return outcome }
                guard ContinuousClock.now < deadline else {
                    child.signal(SIGKILL)
                    throw TimedOut(what: "\(words.joined(separator: " ")) did not end", seen: printed)
                }
                poll(&poller, 1, 100)
            }
        }
    }

    /// Sends a signal to it and what it started.
    func signal(_ signal: Int32) { child.signal(signal) }
}

/// How a program ended, and what it printed.
struct Outcome: Sendable {
    /// As a shell has it: 128 + the signal if one ended it.
    let status: Int32
    let output: Data
    let errors: Data

    var text: String { String(decoding: output, as: UTF8.self) }
    var errorText: String { String(decoding: errors, as: UTF8.self) }
    var lines: [String] { text.split(separator: "\n").map(String.init) }
    /// Without the newline at the end.
    var line: String { text.trimmingCharacters(in: .newlines) }
    var succeeded: Bool { status == 0 }
}

/// Runs a program to its end. See `Program`.
func run(
    _ words: [String], environment: [String: String] = [:], directory: String = "/", input: Data = Data(),
    merged: Bool = true, within time: Duration = .seconds(60)
) async throws -> Outcome {
    let program = try Program(
        words, environment: environment, directory: directory, input: input, merged: merged)
    return try await program.wait(within: time)
}

struct TimedOut: Error, CustomStringConvertible {
    let what: String
    let seen: String

    var description: String { "\(what) in time; so far: \(seen.suffix(4000))" }
}

/// A command that a test needs and that failed.
struct Failed: Error, CustomStringConvertible {
    let what: String
    let outcome: Outcome

    var description: String { "\(what) ended with \(outcome.status): \(outcome.text)\(outcome.errorText)" }
}

extension Outcome {
    /// Itself, or throws `Failed` unless the status is 0.
    func orThrow(_ what: String) throws -> Outcome {
        guard succeeded else { throw Failed(what: what, outcome: self) }
        return self
    }
}

/// A file without a name.
private final class CaptureFile: Sendable {
    let descriptor: Int32

    init(containing content: Data = Data()) throws {
        var template = Array("/tmp/caster-test-XXXXXX".utf8CString)
        // Without FD_CLOEXEC: ChildProcess hands on no descriptor but those that it is told to.
        descriptor = mkstemp(&template)
        guard descriptor >= 0 else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
        unlink(template)
        guard !content.isEmpty else { return }
        let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: false)
        try file.write(contentsOf: content)
        try file.seek(toOffset: 0)
    }

    var bytes: Data {
        var result = Data()
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = pread(descriptor, &buffer, buffer.count, off_t(result.count))
            guard count > 0 else { return result }
            result.append(contentsOf: buffer.prefix(count))
        }
    }

    var text: String { String(decoding: bytes, as: UTF8.self) }

    deinit { close(descriptor) }
}
