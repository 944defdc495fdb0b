import Glibc

/// Removes a file, or a folder with everything in it; see `removeFolder`. Throws `FileError`.
public func removeAll(_ path: String) throws(FileError) {
    if unlink(path) == 0 || errno == ENOENT { return }
    guard errno == EISDIR || errno == EPERM else { throw FileError(path: path, code: errno) }
    try removeFolder(path)
}

/// Removes a folder and everything in it, never following a symlink; one that is not there is fine. Blocks, and on ext4
/// slows the creation of files down for a while afterwards: not for the path of a deploy.
///
/// Throws `FileError`.
public func removeFolder(_ path: String) throws(FileError) {
    if rmdir(path) == 0 || errno == ENOENT { return }
    let code = errno
    guard code == ENOTEMPTY || code == EEXIST else { throw FileError(path: path, code: code) }
    guard let listing = opendir(path) else { throw FileError(path: path, code: errno) }
    defer { closedir(listing) }
    while let entry = readdir(listing) {
        let name = withUnsafePointer(to: &entry.pointee.d_name) {
            $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        }
        if name == "." || name == ".." { continue }
        try removeAll("\(path)/\(name)")
    }
    guard rmdir(path) == 0 || errno == ENOENT else { throw FileError(path: path, code: errno) }
}
