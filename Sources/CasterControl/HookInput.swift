import Glibc

/// The ref updates that git writes to a post-receive hook's standard input, kept within the size of one message.
struct HookInput {
    private(set) var updates: [RefUpdate] = []
    private var line: [UInt8] = []
    private var bytes = 0

    /// Bytes of updates that are kept; one of `main` is kept in any case.
    private static let limit = HookMessage.byteLimit - 8192
    private static let lineLimit = 4096

    /// Reads until the end of the stream. What cannot be read any more is left out.
    mutating func read(from descriptor: Int32) {
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { break }
            for byte in buffer.prefix(count) {
                if byte == UInt8(ascii: "\n") {
                    endLine()
                } else if line.count <= Self.lineLimit {
                    line.append(byte)
                }
            }
        }
        endLine()
    }

    private mutating func endLine() {
        defer { line.removeAll(keepingCapacity: true) }
        guard line.count <= Self.lineLimit, let update = RefUpdate(line) else { return }
        guard bytes + line.count < Self.limit || update.ref == "refs/heads/main" else { return }
        bytes += line.count + 1
        updates.append(update)
    }
}
