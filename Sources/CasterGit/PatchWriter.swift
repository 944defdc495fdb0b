import CLibgit2
import CasterCore

/// Turns changes of some files into a commit on top of a known one: what they do not name stays as it is, modes, symlinks
/// and submodules included. Nothing stays of what is written if it is refused. Blocks; use it on one thread.
public struct PatchWriter {
    private let repository: Repository
    private var objects: CommitWriter
    private var root = FolderChanges()

    /// Throws `GitError`, `FileError`.
    public init(repository: Repository) throws {
        self.repository = repository
        objects = try CommitWriter(quarantinedIn: repository)
    }

    /// Adds a file, or replaces its content; one that is executable stays so. Throws `GitError`.
    public mutating func put(_ path: SitePath, content: [UInt8]) throws {
        let id = try content.withUnsafeBytes { try objects.write($0, type: GIT_OBJECT_BLOB) }
        root.insert(.put(id), at: path.parts[...])
    }

    /// Removes a file or symlink, and the folders that it leaves empty.
    public mutating func delete(_ path: SitePath) { root.insert(.delete, at: path.parts[...]) }

    /// Writes the commit and moves `main` to it, if `main` still is `base`; if nothing changes, `base` is the answer.
    ///
    /// - Parameters:
    ///   - base: 40 hex digits, the tip that was read before.
    ///   - time: seconds since 1970.
    /// - Returns: the commit, 40 hex digits; nil if `main` is another by now.
    ///
    /// Throws `Refusal.invalid` for a file to delete that is not there, a file in a folder's place or the other way
    /// round, a name that git refuses, and a patch that leaves no file; `GitError`.
    public mutating func commit(
        base: String, message: String, author: (name: String, email: String), time: Int64
    ) throws -> String? {
        let old = try repository.tree(ofCommit: base)
        guard var tree = try apply(root, to: Repository.id(old), path: "") else {
            throw Refusal.invalid("this would leave a site without files: delete the site instead")
        }
        if Repository.hex(&tree) == old { return base }
        return try objects.commit(tree: tree, onlyOnTopOf: base, message: message, author: author, time: time)
    }

    /// The tree with the changes; nil if nothing is left in it.
    private mutating func apply(_ changes: FolderChanges, to tree: git_oid?, path: String) throws -> git_oid? {
        let old = try tree.map { try Tree($0, in: repository) }
        var builder: OpaquePointer?
        try GitError.check(git_treebuilder_new(&builder, repository.handle, old?.pointer))
        defer { git_treebuilder_free(builder) }
        for (name, change) in changes.files {
            try apply(change, to: name, of: old, path: path, in: builder)
        }
        for (name, child) in changes.folders {
            let place = path + name
            let entry = old?[name]
            if let entry, entry.kind != .folder { throw Refusal.invalid("\(place.quoted) is no folder") }
            try checkSpelling(of: name, in: old, path: path)
            if let id = try apply(child, to: entry?.id, path: place + "/") {
                try CommitWriter.insert(name, id, GIT_FILEMODE_TREE, into: builder, path: path)
            } else {
                try GitError.check(git_treebuilder_remove(builder, name))
            }
        }
        if git_treebuilder_entrycount(builder) == 0 { return nil }
        var id = git_oid()
        try GitError.check(git_treebuilder_write(&id, builder))
        objects.noteWritten(id)
        return id
    }

    private func apply(
        _ change: FolderChanges.Change, to name: String, of old: Tree?, path: String, in builder: OpaquePointer?
    ) throws {
        let place = path + name
        let entry = old?[name]
        switch change {
        case .put(let id):
            var mode = GIT_FILEMODE_BLOB
            switch entry?.kind {
            case .folder: throw Refusal.invalid("\(place.quoted) is a folder: a file cannot take its place")
            case .submodule: throw Refusal.invalid("\(place.quoted) is a submodule: a file cannot take its place")
            case .file(executable: true): mode = GIT_FILEMODE_BLOB_EXECUTABLE
            case .file, .link, nil: break
            }
            try checkSpelling(of: name, in: old, path: path)
            try CommitWriter.insert(name, id, mode, into: builder, path: path)
        case .delete:
            switch entry?.kind {
            case .file, .link: try GitError.check(git_treebuilder_remove(builder, name))
            case .folder: throw Refusal.invalid("\(place.quoted) is a folder: delete its files one by one")
            case .submodule, nil: throw Refusal.invalid("there is no file \(place.quoted) to delete")
            }
        }
    }

    /// As `SitePathSet` has it: one name does not come in two spellings of its accents.
    private func checkSpelling(of name: String, in tree: Tree?, path: String) throws(Refusal) {
        guard let tree, !name.utf8.allSatisfy({ $0 < 0x80 }) else { return }
        for index in 0..<tree.count where tree[index].name == name && !tree[index].name.utf8.elementsEqual(name.utf8) {
            throw .invalid(
                "\((path + name).quoted) is there in another spelling, which differs in how its accents are made")
        }
    }
}

/// What happens in a folder of the tree.
private struct FolderChanges {
    enum Change {
        case put(git_oid)
        case delete
    }

    var files: [String: Change] = [:]
    var folders: [String: FolderChanges] = [:]

    mutating func insert(_ change: Change, at parts: ArraySlice<String>) {
        guard let name = parts.first else { return }
        if parts.count == 1 {
            files[name] = change
        } else {
            folders[name, default: FolderChanges()].insert(change, at: parts.dropFirst())
        }
    }
}
