import Glibc

/// Symlinks that are replaced as a whole.
enum SymbolicLink {
    /// What the names of links begin with that are about to be renamed.
    static let temporaryPrefix = ".new-"

    /// Makes the symlink at `path` lead to `target`, in one step, whether it was there or not. Not synced.
    static func put(_ target: String, at path: String) throws(EdgeError) {
        let folder = path[..<(path.lastIndex(of: "/") ?? path.startIndex)]
        let temporary = "\(folder)/\(temporaryPrefix)\(UInt64.random(in: .min ... .max))"
        guard symlink(target, temporary) == 0 else { throw .system(call: "symlink", path: temporary, code: errno) }
        guard rename(temporary, path) == 0 else {
            let code = errno
            unlink(temporary)
            throw .system(call: "rename", path: path, code: code)
        }
    }

    /// Where the symlink at `path` leads, as it is written there; nil if there is nothing at `path`.
    static func target(of path: String) throws(EdgeError) -> String? {
        var bytes = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let count = bytes.withUnsafeMutableBytes { buffer in
            readlink(path, buffer.baseAddress!.assumingMemoryBound(to: CChar.self), buffer.count)
        }
        if count >= 0 { return String(decoding: bytes.prefix(count), as: UTF8.self) }
        guard errno == ENOENT else { throw .system(call: "readlink", path: path, code: errno) }
        return nil
    }

    /// Removes a link that was made more than `seconds` ago; whoever made it died in between.
    static func removeIfStale(_ path: String, olderThan seconds: Int) throws(EdgeError) {
        var status = stat()
        guard lstat(path, &status) == 0, time(nil) - status.st_ctim.tv_sec > seconds else { return }
        if unlink(path) != 0, errno != ENOENT { throw .system(call: "unlink", path: path, code: errno) }
    }
}
