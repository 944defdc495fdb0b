import Glibc

/// An archive on disk, open for reading; owns the descriptor.
final class ArchiveFile {
    let number: Int32
    let path: String
    /// Bytes.
    let size: Int

    /// Throws `ArchiveFileError` if it cannot be opened, or is no regular file.
    init(path: String) throws(ArchiveFileError) {
        let number = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard number >= 0 else { throw ArchiveFileError(path: path, code: errno) }
        var status = stat()
        guard fstat(number, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(number)
            throw ArchiveFileError(path: path, code: EINVAL)
        }
        self.number = number
        self.path = path
        size = Int(status.st_size)
    }

    /// Reads into `buffer` from an offset. Returns fewer bytes than fit only at the end of the file.
    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(ArchiveFileError) -> Int {
        var filled = 0
        while filled < buffer.count {
            let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[filled...])
            let count = pread(number, rest.baseAddress, rest.count, off_t(offset + filled))
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw ArchiveFileError(path: path, code: errno) }
            if count == 0 { break }
            filled += count
        }
        return filled
    }

    /// At most `count` bytes from an offset.
    func bytes(at offset: Int, count: Int) throws(ArchiveFileError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: max(0, min(count, size - offset)))
        let filled: Result<Int, ArchiveFileError> = bytes.withUnsafeMutableBytes { buffer in
            Result { () throws(ArchiveFileError) in try read(into: buffer, at: offset) }
        }
        return Array(bytes.prefix(try filled.get()))
    }

    deinit { close(number) }
}

/// What the operating system refused to do with the archive as a file.
public struct ArchiveFileError: Error, Sendable, CustomStringConvertible {
    public let path: String
    /// An `errno` value.
    public let code: Int32

    public var description: String { "\(path): \(String(cString: strerror(code)))" }
}
