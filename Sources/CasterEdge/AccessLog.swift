import CasterCore
import Glibc

/// What the edge writes down of the requests to sites, until they are counted: a line for each, without the visitor's
/// address, and of the address that was asked for neither the query nor more than 200 characters.
///
/// Whoever counts keeps in mind how far each file was taken. A file that has become large is put aside under another name,
/// nginx is told to open a new one, and what was put aside is removed once it is taken. Every function blocks for as long
/// as the disk does; one process at a time counts.
public struct AccessLog: Sendable {
    private let files: EdgeFiles

    public init(folder: DataFolder) { files = EdgeFiles(folder) }

    /// Bytes after which a file is put aside.
    static let size = 4 << 20
    /// Bytes of a file that nobody counts, after which the older half of what there is goes.
    static let greatest = 64 << 20
    /// Bytes that are read at once.
    private static let chunk = 1 << 20

    /// Makes the file, readable for its owner only, if there is none: nginx's own would be for everybody.
    public func create() throws(EdgeError) {
        let path = files.accessLog
        let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .system(call: "open", path: path, code: errno) }
        close(descriptor)
    }

    /// Lines that were not taken yet.
    public struct Part: Sendable {
        /// The file that they are of: the digest of its first line.
        public let file: String
        public let lines: [AccessLine]
        /// Bytes of the file up to the end of these lines.
        public let end: Int
    }

    /// The next lines, about 1 MiB of them at most, the oldest first; nil if there are none.
    ///
    /// - Parameter taken: how many bytes of which file were taken.
    public func next(after taken: [String: Int]) throws(EdgeError) -> Part? {
        for path in [files.putAsideLog, files.accessLog] {
            guard let log = try OpenLog(path: path) else { continue }
            let start = taken[log.name] ?? 0
            let bytes = try log.read(from: start, count: Self.chunk)
            guard let end = bytes.lastIndex(of: UInt8(ascii: "\n")) else { continue }
            let lines = bytes[...end].split(separator: UInt8(ascii: "\n")).compactMap(AccessLine.init)
            return Part(file: log.name, lines: lines, end: start + end + 1)
        }
        return nil
    }

    /// The files that there are, by the digests of their first lines.
    public func names() throws(EdgeError) -> [String] {
        var names: [String] = []
        for path in [files.putAsideLog, files.accessLog] {
            if let log = try OpenLog(path: path) { names.append(log.name) }
        }
        return names
    }

    /// Whether a file was put aside.
    public var isOnePutAside: Bool { access(files.putAsideLog, F_OK) == 0 }

    /// Puts the file aside if it is large and none is put aside yet. Returns whether it did.
    public func putAsideIfLarge() throws(EdgeError) -> Bool {
        guard !isOnePutAside, try bytes(of: files.accessLog) > Self.size else { return false }
        try putAside()
        return true
    }

    /// Lets nginx, if one runs, open its file anew; it has done so some milliseconds later, in each of its processes.
    public func reopen() throws(EdgeError) { try RunningNginx(of: files)?.signal(SIGUSR1) }

    /// Removes what was put aside, if it was taken to its end: to be called when nginx has opened its file anew, and what
    /// was taken is known to survive a power cut.
    public func removePutAside(taken: [String: Int]) throws(EdgeError) {
        guard let log = try OpenLog(path: files.putAsideLog) else { return try Disk.remove(files.putAsideLog) }
        if try bytes(of: files.putAsideLog) <= taken[log.name] ?? 0 { try Disk.remove(files.putAsideLog) }
    }

    /// Gives up what nobody counts, so that the disk does not fill. Returns whether that was necessary.
    func giveUpTheOldest() throws(EdgeError) -> Bool {
        guard try bytes(of: files.accessLog) > Self.greatest else { return false }
        try putAside()
        return true
    }

    private func putAside() throws(EdgeError) {
        guard rename(files.accessLog, files.putAsideLog) == 0 else {
            throw .system(call: "rename", path: files.accessLog, code: errno)
        }
        try create()
        try reopen()
    }

    private func bytes(of path: String) throws(EdgeError) -> Int {
        var status = stat()
        if stat(path, &status) == 0 { return Int(status.st_size) }
        guard errno == ENOENT else { throw .system(call: "stat", path: path, code: errno) }
        return 0
    }
}

/// A file that has one line at least.
private final class OpenLog {
    /// Of the first line, which no other file begins with: it has the time, to the millisecond.
    let name: String
    private let path: String
    private let descriptor: Int32

    /// Nil if there is none, or nothing in it yet.
    init?(path: String) throws(EdgeError) {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        if file < 0, errno == ENOENT { return nil }
        guard file >= 0 else { throw .system(call: "open", path: path, code: errno) }
        let head: [UInt8]
        do {
            head = try Self.read(file, path, from: 0, count: 4096)
        } catch {
            close(file)
            throw error
        }
        guard let end = head.firstIndex(of: UInt8(ascii: "\n")) else {
            close(file)
            return nil
        }
        name = String(Secret.hex(Secret.sha256(head[..<end])).prefix(32))
        self.path = path
        descriptor = file
    }

    deinit { close(descriptor) }

    func read(from offset: Int, count: Int) throws(EdgeError) -> [UInt8] {
        try Self.read(descriptor, path, from: offset, count: count)
    }

    private static func read(
        _ file: Int32, _ path: String, from offset: Int, count: Int
    ) throws(EdgeError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        while true {
            let got = pread(file, &bytes, count, off_t(offset))
            if got < 0, errno == EINTR { continue }
            guard got >= 0 else { throw .system(call: "read", path: path, code: errno) }
            bytes.removeLast(count - got)
            return bytes
        }
    }
}
