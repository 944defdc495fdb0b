import CasterGit
import Glibc

/// The log of one deployment: a file to which lines are appended, and which everybody reads. It is not synced: what a
/// power cut takes from its end is told by the deployment's status. Its calls block.
struct BuildLog: Sendable {
    /// Absolute path of the file.
    let path: String

    /// The bytes from `offset` on; none if nothing was written yet. Throws `FileError`.
    func read(from offset: Int) throws(FileError) -> [UInt8] {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else {
            if errno == ENOENT { return [] }
            throw FileError(path: path, code: errno)
        }
        defer { close(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = pread(file, &buffer, buffer.count, off_t(offset + bytes.count))
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw FileError(path: path, code: errno) }
            if count == 0 { return bytes }
            bytes += buffer.prefix(count)
        }
    }

    /// Appends lines in one write, so that two writers do not mix. What would exceed `limit` bytes in all is cut, and
    /// the log says so once. Throws `FileError`.
    func append(_ lines: [String], limit: Int) throws(FileError) {
        let file = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw FileError(path: path, code: errno) }
        defer { close(file) }
        let size = Int(lseek(file, 0, SEEK_END))
        guard size <= limit else { return }
        var bytes = Array(lines.map { $0 + "\n" }.joined().utf8)
        if size + bytes.count > limit {
            bytes = bytes.prefix(max(0, limit - size)) + Array("\n[log cut at \(limit) bytes]\n".utf8)
        }
        guard write(file, bytes, bytes.count) == bytes.count else { throw FileError(path: path, code: errno) }
    }
}
