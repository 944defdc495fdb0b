import CasterCore
import CasterProcess
import Glibc

/// Moves bytes between a client and its git, until git has ended and the client was sent everything. Little is held in
/// between: who is slow makes the other wait.
struct Pump {
    let connection: Connection
    let channel: Channel
    let git: GitProcess
    private let output = Chunk()
    private let errors = Chunk()

    init(connection: Connection, channel: Channel, git: GitProcess) {
        self.connection = connection
        self.channel = channel
        self.git = git
    }

    /// Returns git's exit status. Throws if the client leaves, or is idle for too long.
    func run() throws(Ending) -> Int32 {
        var status: Int32?
        var deadline = connection.idleDeadline
        var words = LastWords()
        while true {
            let moved = try moveInput() + moveOutput(.output, &words) + moveOutput(.errors, &words)
            if moved > 0 { deadline = connection.idleDeadline }
            if let status, git.output < 0, git.errors < 0, output.isEmpty, errors.isEmpty {
                if let sentence = words.limitSentence(git.limits) {
                    try connection.send("caster: \(sentence)\n", to: .errors)
                }
                return status
            }
            try connection.turn(pollers(hasEnded: status != nil), until: deadline, orSay: connection.idleSentence)
            status = status ?? git.child.exitStatus()
        }
    }

    /// What to wait for, apart from the client. -1 is ignored by `poll(2)`.
    private func pollers(hasEnded: Bool) -> [pollfd] {
        let canSend = !connection.session.isWritePending
        return [
            pollfd(fd: channel.backlog.isEmpty ? -1 : git.input, events: Int16(POLLOUT), revents: 0),
            pollfd(fd: canSend && output.isEmpty ? git.output : -1, events: Int16(POLLIN), revents: 0),
            pollfd(fd: canSend && errors.isEmpty ? git.errors : -1, events: Int16(POLLIN), revents: 0),
            pollfd(fd: hasEnded ? -1 : git.child.pidfd, events: Int16(POLLIN), revents: 0),
        ]
    }

    /// Returns how many bytes git took.
    private func moveInput() throws(Ending) -> Int {
        // A client that closed its channel wants no answer; one that only ended its side does.
        if channel.isClosed, channel.backlog.isEmpty { throw .gone }
        var moved = 0
        while git.input >= 0, !channel.backlog.isEmpty {
            guard let count = channel.drain(git.write) else {
                git.closeInput()
                break
            }
            if count == 0 { return moved }
            moved += count
        }
        if channel.isEnded { git.closeInput() }
        if git.input < 0 { channel.isDiscarding = true }
        return moved
    }

    /// Returns how many bytes the client was sent.
    private func moveOutput(_ stream: Channel.Stream, _ words: inout LastWords) throws(Ending) -> Int {
        let chunk = stream == .output ? output : errors
        var moved = 0
        while true {
            if chunk.isEmpty {
                if connection.session.isWritePending { return moved }
                let count = chunk.fill { git.read(stream, into: $0) } ?? 0
                if count == 0 { return moved }
                if git.isPush { chunk.peek { words.hear($0) } }
            }
            guard let count = chunk.drain({ channel.write($0, to: stream) }) else { throw .gone }
            if count == 0 { return moved }
            moved += count
        }
    }
}

/// Bytes on their way: filled when empty, drained as the other side takes them.
private final class Chunk {
    private let storage = UnsafeMutableRawBufferPointer.allocate(byteCount: 65536, alignment: 16)
    private var waiting = 0..<0

    var isEmpty: Bool { waiting.isEmpty }

    /// Fills it with what `read` gives, and returns what `read` returned.
    func fill(_ read: (UnsafeMutableRawBufferPointer) -> Int?) -> Int? {
        let count = read(storage)
        waiting = 0..<(count ?? 0)
        return count
    }

    /// Drops as many bytes as `write` took, and returns what `write` returned.
    func drain(_ write: (UnsafeRawBufferPointer) -> Int?) -> Int? {
        let count = write(UnsafeRawBufferPointer(rebasing: storage[waiting]))
        waiting = (waiting.lowerBound + (count ?? 0))..<waiting.upperBound
        return count
    }

    func peek(_ look: (UnsafeRawBufferPointer) -> Void) { look(UnsafeRawBufferPointer(rebasing: storage[waiting])) }

    deinit { storage.deallocate() }
}
