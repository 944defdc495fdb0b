import CLibgit2
import CasterCore
import Glibc

/// A folder beside a repository's objects in which new ones are kept until it is known that they are wanted, as git does
/// for those of a push (git-receive-pack(1), "Quarantine Environment"). It goes with this object, and what is left in it.
/// What a crash leaves is swept like a push's, whose names it shares.
final class Quarantine {
    private let folder: String
    private let objectsFolder: String

    /// From here on, the repository's new objects are written into the quarantine. Throws `FileError`, `GitError`.
    init(in repository: Repository) throws {
        objectsFolder = repository.objectsFolder
        var template = Array("\(objectsFolder)/tmp_objdir-incoming-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw FileError(path: objectsFolder, code: errno) }
        folder = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
        var backend: UnsafeMutablePointer<git_odb_backend>?
        try GitError.check(git_odb_backend_loose(&backend, folder, -1, 0, 0, 0))
        // Before git's own, which are 1 and 2. The database frees it.
        let code = git_odb_add_backend(try repository.database().handle, backend, 3)
        if code != 0 { backend?.pointee.free(backend) }
        try GitError.check(code)
    }

    /// Moves the objects to where they are the repository's; those written later come to the quarantine again.
    func release() throws(FileError) {
        for name in try Self.names(in: folder) {
            let (old, new) = ("\(folder)/\(name)", "\(objectsFolder)/\(name)")
            guard mkdir(new, 0o777) == 0 || errno == EEXIST else { throw FileError(path: new, code: errno) }
            for object in try Self.names(in: old) {
                guard rename("\(old)/\(object)", "\(new)/\(object)") == 0 else {
                    throw FileError(path: "\(new)/\(object)", code: errno)
                }
            }
        }
    }

    private static func names(in folder: String) throws(FileError) -> [String] {
        guard let stream = opendir(folder) else { throw FileError(path: folder, code: errno) }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names
    }

    deinit {
        // What cannot be removed now is swept later.
        try? removeFolder(folder)
    }
}
