import Glibc

/// The few blocking file operations of the edge, with its errors.
enum Disk {
    /// Makes a folder that only its owner can enter; one that is there stays as it is.
    static func makeFolder(_ path: String) throws(EdgeError) {
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw .system(call: "mkdir", path: path, code: errno) }
    }

    static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// The names in a folder, hidden ones too, without `.` and `..`.
    static func names(in path: String) throws(EdgeError) -> [String] {
        guard let folder = opendir(path) else { throw .system(call: "opendir", path: path, code: errno) }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    /// Makes the names in a folder durable.
    static func sync(_ folder: String) throws(EdgeError) {
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .system(call: "open", path: folder, code: errno) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw .system(call: "fsync", path: folder, code: errno) }
    }

    /// The text of a file, at most 1 MiB of it; nil if there is none, or if it is of a process that has ended.
    static func read(_ path: String) throws(EdgeError) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        if descriptor < 0, errno == ENOENT || errno == ESRCH { return nil }
        guard descriptor >= 0 else { throw .system(call: "open", path: path, code: errno) }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        var text: [UInt8] = []
        while text.count < 1 << 20 {
            let count = Glibc.read(descriptor, &bytes, bytes.count)
            if count < 0, errno == EINTR { continue }
            if count < 0, errno == ESRCH { return nil }
            guard count >= 0 else { throw .system(call: "read", path: path, code: errno) }
            if count == 0 { break }
            text += bytes.prefix(count)
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Removes a file; one that is not there is fine.
    static func remove(_ path: String) throws(EdgeError) {
        if unlink(path) != 0, errno != ENOENT { throw .system(call: "unlink", path: path, code: errno) }
    }

    /// Replaces a file as a whole: whoever reads it finds the old or the new text. The folder is not synced, and the file if
    /// it is durable.
    static func write(_ text: String, to path: String, isDurable: Bool = false) throws(EdgeError) {
        let temporary = "\(path).\(UInt64.random(in: .min ... .max))"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .system(call: "open", path: temporary, code: errno) }
        var failure: EdgeError?
        var rest = Array(text.utf8)[...]
        while failure == nil, !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count >= 0 {
                rest = rest.dropFirst(count)
            } else if errno != EINTR {
                failure = .system(call: "write", path: temporary, code: errno)
            }
        }
        if failure == nil, isDurable, fsync(descriptor) != 0 {
            failure = .system(call: "fsync", path: temporary, code: errno)
        }
        close(descriptor)
        if failure == nil, rename(temporary, path) != 0 {
            failure = .system(call: "rename", path: path, code: errno)
        }
        if let failure {
            unlink(temporary)
            throw failure
        }
    }
}
