import CasterCore
import CasterProcess
import Glibc

/// One running git and the three pipes to it. Our ends do not block. It stays on its connection's thread.
final class GitProcess {
    let child: ChildProcess
    let limits: Limits
    /// It may still have all that it needs when the client leaves.
    let isPush: Bool
    /// Our end of its standard input, -1 once closed.
    private(set) var input: Int32
    private(set) var output: Int32
    private(set) var errors: Int32

    /// Throws `SpawnError` or `PipeError`.
    init(
        executable: String, arguments: [String], environment: [String: String], directory: String, limits: Limits,
        isPush: Bool
    ) throws {
        var pipes: [Pipe] = []
        do {
            for _ in 0..<3 { pipes.append(try Pipe()) }
            child = try ChildProcess(
                executable: executable, arguments: arguments, environment: environment, directory: directory,
                stdin: pipes[0].reader, stdout: pipes[1].writer, stderr: pipes[2].writer)
        } catch {
            for pipe in pipes { pipe.close() }
            throw error
        }
        for descriptor in [pipes[0].reader, pipes[1].writer, pipes[2].writer] { Glibc.close(descriptor) }
        (input, output, errors) = (pipes[0].writer, pipes[1].reader, pipes[2].reader)
        for descriptor in [input, output, errors] { _ = fcntl(descriptor, F_SETFL, O_NONBLOCK) }
        self.limits = limits
        self.isPush = isPush
    }

    /// Tells git that nothing more comes.
    func closeInput() { Self.close(&input) }

    /// 0 if git takes nothing now, nil if it never will again.
    func write(_ bytes: UnsafeRawBufferPointer) -> Int? {
        let count = Glibc.write(input, bytes.baseAddress, bytes.count)
        return count >= 0 ? count : errno == EAGAIN || errno == EINTR ? 0 : nil
    }

    /// 0 if there is nothing now, or nothing any more: the descriptor is -1 then.
    func read(_ stream: Channel.Stream, into buffer: UnsafeMutableRawBufferPointer) -> Int {
        let descriptor = stream == .output ? output : errors
        guard descriptor >= 0 else { return 0 }
        let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
        if count > 0 { return count }
        if count < 0 && (errno == EAGAIN || errno == EINTR) { return 0 }
        if stream == .output { Self.close(&output) } else { Self.close(&errors) }
        return 0
    }

    /// For a client that has left: git gets the end of its input and some seconds to finish a push that it has
    /// received, or to remove what it began; then it and everything it started is killed. Blocks until they are gone.
    func abandon() {
        closeInput()
        if !isPush { child.signal(SIGTERM) }
        if drain(within: isPush ? .seconds(10) : .seconds(2)) { return }
        child.signal(SIGTERM)
        if drain(within: .seconds(2)) { return }
        child.signal(SIGKILL)
        _ = drain(within: .seconds(2))
    }

    /// Reads and drops what git writes, so that it does not wait for us. True once it has ended.
    private func drain(within duration: Duration) -> Bool {
        let deadline = ContinuousClock.now + duration
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 65536, alignment: 1)
        defer { buffer.deallocate() }
        while child.exitStatus() == nil {
            guard ContinuousClock.now < deadline else { return false }
            var pollers = [child.pidfd, output, errors].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            _ = poll(&pollers, nfds_t(pollers.count), milliseconds(until: deadline))
            _ = read(.output, into: buffer)
            _ = read(.errors, into: buffer)
        }
        return true
    }

    private static func close(_ descriptor: inout Int32) {
        if descriptor >= 0 { Glibc.close(descriptor) }
        descriptor = -1
    }

    deinit {
        Self.close(&input)
        Self.close(&output)
        Self.close(&errors)
    }
}
