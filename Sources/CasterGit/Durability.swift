import CLibgit2
import CLinux
import Glibc

extension Repository {
    /// Makes loose objects durable; those that are not loose are so already. Up to 32 are synced one by one with their
    /// folders, more by one `syncfs`, which costs less. Throws `FileError`.
    func sync(looseObjects ids: [git_oid]) throws {
        let objects = try Descriptor.folder(objectsFolder)
        guard ids.count <= 32 else {
            guard clinux_syncfs(objects.number) == 0 else { throw FileError(path: objects.path, code: errno) }
            return
        }
        var folders: Set<String> = []
        for var id in ids {
            let hex = Self.hex(&id)
            let folder = "\(objectsFolder)/\(hex.prefix(2))"
            let path = "\(folder)/\(hex.dropFirst(2))"
            let number = open(path, O_RDONLY | O_CLOEXEC)
            if number < 0 && errno == ENOENT { continue }
            guard number >= 0 else { throw FileError(path: path, code: errno) }
            try Descriptor(number: number, path: path).sync()
            folders.insert(folder)
        }
        for folder in folders { try Descriptor.folder(folder).sync() }
        try objects.sync()
    }

    /// Makes the branch `main` durable as it is now.
    func syncMain() throws {
        let folder = "\(path)/refs/heads"
        let number = open("\(folder)/main", O_RDONLY | O_CLOEXEC)
        if number >= 0 { try Descriptor(number: number, path: folder).sync() }
        try Descriptor.folder(folder).sync()
    }

    private var path: String {
        var path = String(cString: git_repository_path(handle))
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        return path
    }

    private var objectsFolder: String { path + "/objects" }

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
