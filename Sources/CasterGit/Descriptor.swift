import CLinux
import Glibc

/// An open file or folder; owns the descriptor.
final class Descriptor {
    let number: Int32
    /// For messages.
    let path: String

    init(number: Int32, path: String) {
        self.number = number
        self.path = path
    }

    /// Opens a folder, never through a symlink in the last place.
    static func folder(_ name: String, in parent: Descriptor? = nil) throws(FileError) -> Descriptor {
        let flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC
        let number = openat(parent?.number ?? AT_FDCWD, name, flags)
        guard number >= 0 else { throw FileError(path: name, code: errno) }
        return Descriptor(number: number, path: name)
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = Glibc.write(number, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw FileError(path: path, code: errno) }
            rest = rest.dropFirst(count)
        }
    }

    /// The data is on its way to the disk: that of several files at once, until `writeOut()` waits for each.
    func beginWriteOut() throws(FileError) {
        guard clinux_begin_write_out(number) == 0 else { throw FileError(path: path, code: errno) }
    }

    /// The data is on disk on return, the metadata perhaps not: where the file system keeps order, a `sync` of whatever is
    /// written later brings it along.
    func writeOut() throws(FileError) {
        guard clinux_write_out(number) == 0 else { throw FileError(path: path, code: errno) }
    }

    /// Everything on this file system is on disk on return. For more than some 64 files it costs less than to sync each.
    func syncFileSystem() throws(FileError) {
        guard clinux_syncfs(number) == 0 else { throw FileError(path: path, code: errno) }
    }

    /// Whether this is a file system with one journal, in which no change of names or sizes reaches the disk before an
    /// earlier one: ext4, XFS, and tmpfs, which has no disk. There, data that is written out and then named is on disk as
    /// soon as anything that is named later is.
    var keepsOrder: Bool { [0xEF53, 0x5846_5342, 0x0102_1994].contains(clinux_file_system(number)) }

    /// What was written is on disk on return.
    func sync() throws(FileError) {
        guard fsync(number) == 0 else { throw FileError(path: path, code: errno) }
    }

    deinit { close(number) }
}

/// What the operating system refused to do with a file.
public struct FileError: Error, Sendable, CustomStringConvertible {
    public let path: String
    /// An `errno` value.
    public let code: Int32

    public init(path: String, code: Int32) {
        self.path = path
        self.code = code
    }

    public var description: String { "\(path): \(String(cString: strerror(code)))" }

    /// Whether the disk, or what this process may have of it, is full.
    public var isDiskFull: Bool { code == ENOSPC || code == EDQUOT }
}
