import CLibgit2
import CLinux
import Glibc

extension Repository {
    /// Puts loose objects on disk so that no reference that is made from now on is there without them; those that are
    /// not loose are there already. As git's `core.fsyncMethod=batch` does it: the data of each is written out, and the
    /// `fsync` of what comes last, here the reference, brings the metadata of all along. Throws `FileError`.
    func writeOut(looseObjects ids: [git_oid]) throws {
        if ids.isEmpty { return }
        let objects = try Descriptor.folder(objectsFolder)
        guard ids.count <= 64, objects.keepsOrder else { return try objects.syncFileSystem() }
        var begun: [Descriptor] = []
        for var id in ids {
            let hex = Self.hex(&id)
            let path = "\(objectsFolder)/\(hex.prefix(2))/\(hex.dropFirst(2))"
            let number = open(path, O_RDONLY | O_CLOEXEC)
            if number < 0 && errno == ENOENT { continue }
            guard number >= 0 else { throw FileError(path: path, code: errno) }
            let object = Descriptor(number: number, path: path)
            try object.beginWriteOut()
            begun.append(object)
        }
        for object in begun { try object.writeOut() }
    }

    /// Whether an object is loose and so new that whoever wrote it may not have made it durable yet. What is older than
    /// 2 minutes the kernel has written out by itself.
    func mayBeUnsynced(_ id: git_oid) -> Bool {
        var (id, status) = (id, stat())
        let hex = Self.hex(&id)
        guard lstat("\(objectsFolder)/\(hex.prefix(2))/\(hex.dropFirst(2))", &status) == 0 else { return false }
        return time(nil) - status.st_mtim.tv_sec < 120
    }

    /// Makes the branch `main` durable as it is now, with every object that was written out before it was made.
    func syncMain() throws {
        let path = "\(path)/refs/heads/main"
        let number = open(path, O_RDONLY | O_CLOEXEC)
        guard number >= 0 else { throw FileError(path: path, code: errno) }
        try Descriptor(number: number, path: path).sync()
    }

    private var path: String {
        var path = String(cString: git_repository_path(handle))
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        return path
    }

    var objectsFolder: String { path + "/objects" }

    /// The object database, opened for as long as the result lives.
    func database() throws(GitError) -> ObjectDatabase {
        var handle: OpaquePointer?
        try GitError.check(git_repository_odb(&handle, self.handle))
        return ObjectDatabase(handle: handle!)
    }
}

/// A reference to a repository's object database; owns the `git_odb`.
final class ObjectDatabase {
    let handle: OpaquePointer

    init(handle: OpaquePointer) { self.handle = handle }

    deinit { git_odb_free(handle) }
}
