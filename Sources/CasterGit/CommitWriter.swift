import CLibgit2
import CLinux
import CasterCore
import Glibc

/// Turns files into a commit on `main`: the one way by which a paste, an upload or an assistant's files enter a
/// repository. Objects are written as files arrive; nothing refers to them before `commit` succeeds. Blocks; use it on
/// one thread.
public struct CommitWriter {
    private let repository: Repository
    private let quarantine: Quarantine?
    private var root = FolderNode()
    private var names: NameCheck?
    /// IDs of the objects that this writer must make durable.
    private var written: [git_oid] = []

    public init(repository: Repository) {
        self.repository = repository
        quarantine = nil
    }

    /// For files that may turn out to be refused when some are written already: nothing stays of them unless `commit`
    /// is reached. Throws `GitError`, `FileError`.
    public init(quarantinedIn repository: Repository) throws {
        self.repository = repository
        quarantine = try Quarantine(in: repository)
    }

    /// Throws what `commit` would throw for this name, before anything is written.
    public mutating func check(_ path: SitePath) throws {
        if names == nil { names = try NameCheck(repository) }
        var place = ""
        for part in path.parts {
            try names?.check(part, in: place)
            place += part + "/"
        }
    }

    /// Adds one file. An object that the repository has already costs no write.
    ///
    /// Throws `Refusal.invalid` for a name that git would not check out, such as a disguise of `.git`; `GitError`.
    public mutating func add(_ path: SitePath, content: UnsafeRawBufferPointer, isExecutable: Bool) throws {
        let id = try write(content, type: GIT_OBJECT_BLOB)
        let parts = path.parts
        root.insert(
            FileNode(id: id, mode: isExecutable ? GIT_FILEMODE_BLOB_EXECUTABLE : GIT_FILEMODE_BLOB), at: parts[...])
    }

    /// Writes the trees and a commit on top of `main`, makes all durable, and moves `main`. If `main` has these very
    /// files already, its commit is the answer and nothing is written.
    ///
    /// - Parameters:
    ///   - time: seconds since 1970.
    /// - Returns: the commit and its tree, 40 hex digits each.
    public mutating func commit(
        message: String, author: (name: String, email: String), time: Int64
    ) throws -> (commit: String, tree: String) {
        var tree = try write(root, path: "")
        while true {
            let tip = try repository.mainTip()
            if let tip, try repository.tree(ofCommit: tip) == Repository.hex(&tree) {
                return (tip, Repository.hex(&tree))
            }
            var commit = try writeCommit(tree: tree, parent: tip, message: message, author: author, time: time)
            try quarantine?.release()
            // Before anything refers to them.
            try repository.writeOut(looseObjects: written + [commit])
            written = []
            if try move(to: &commit, from: tip) { return (Repository.hex(&commit), Repository.hex(&tree)) }
            // Somebody else's commit came first: this one goes on top of it.
        }
    }

    /// As above, for a tree that is written already, and only if `main` still points to `base`: else nil.
    mutating func commit(
        tree: git_oid, onlyOnTopOf base: String, message: String, author: (name: String, email: String), time: Int64
    ) throws -> String? {
        var commit = try writeCommit(tree: tree, parent: base, message: message, author: author, time: time)
        try quarantine?.release()
        try repository.writeOut(looseObjects: written + [commit])
        written = []
        return try move(to: &commit, from: base) ? Repository.hex(&commit) : nil
    }

    /// An object that must be durable before the commit is.
    mutating func noteWritten(_ id: git_oid) { written.append(id) }

    mutating func write(_ content: UnsafeRawBufferPointer, type: git_object_t) throws -> git_oid {
        var id = git_oid()
        try GitError.check(git_odb_hash(&id, content.baseAddress, content.count, type))
        let database = try repository.database()
        if git_odb_exists_ext(database.handle, &id, UInt32(GIT_ODB_LOOKUP_NO_REFRESH.rawValue)) == 1 {
            // Somebody else's, who may die before it is durable.
            if repository.mayBeUnsynced(id) { written.append(id) }
            return id
        }
        try GitError.check(git_odb_write(&id, database.handle, content.baseAddress, content.count, type))
        written.append(id)
        return id
    }

    private mutating func write(_ folder: FolderNode, path: String) throws -> git_oid {
        var builder: OpaquePointer?
        try GitError.check(git_treebuilder_new(&builder, repository.handle, nil))
        defer { git_treebuilder_free(builder) }
        for (name, file) in folder.files {
            try Self.insert(name, file.id, file.mode, into: builder, path: path)
        }
        for (name, child) in folder.folders {
            try Self.insert(name, write(child, path: path + name + "/"), GIT_FILEMODE_TREE, into: builder, path: path)
        }
        var id = git_oid()
        try GitError.check(git_treebuilder_write(&id, builder))
        written.append(id)
        return id
    }

    static func insert(
        _ name: String, _ id: git_oid, _ mode: git_filemode_t, into builder: OpaquePointer?, path: String
    ) throws {
        var id = id
        guard git_treebuilder_insert(nil, builder, name, &id, mode) == 0 else {
            throw Refusal.invalid("\((path + name).quoted) is not a name that git accepts for a file")
        }
    }

    private func writeCommit(
        tree: git_oid, parent: String?, message: String, author: (name: String, email: String), time: Int64
    ) throws -> git_oid {
        var tree = tree
        var treeObject: OpaquePointer?
        try GitError.check(git_tree_lookup(&treeObject, repository.handle, &tree))
        defer { git_tree_free(treeObject) }
        var signature: UnsafeMutablePointer<git_signature>?
        try GitError.check(git_signature_new(&signature, author.name, author.email, time, 0))
        defer { git_signature_free(signature) }
        var parents: [OpaquePointer?] = []
        defer {
            for parent in parents { git_commit_free(parent) }
        }
        if let parent {
            var id = try Repository.id(parent)
            var object: OpaquePointer?
            try GitError.check(git_commit_lookup(&object, repository.handle, &id))
            parents.append(object)
        }
        var id = git_oid()
        try GitError.check(
            git_commit_create(
                &id, repository.handle, nil, signature, signature, nil, message, treeObject, parents.count, &parents))
        return id
    }

    /// Moves `main`; false if it does not point to `tip` any more.
    private func move(to commit: inout git_oid, from tip: String?) throws -> Bool {
        var reference: OpaquePointer?
        defer { git_reference_free(reference) }
        let code: Int32
        if let tip {
            var old = try Repository.id(tip)
            code = git_reference_create_matching(
                &reference, repository.handle, "refs/heads/main", &commit, 1, &old, nil)
        } else {
            code = git_reference_create(&reference, repository.handle, "refs/heads/main", &commit, 0, nil)
        }
        if [GIT_EMODIFIED.rawValue, GIT_EEXISTS.rawValue, GIT_ELOCKED.rawValue, GIT_ENOTFOUND.rawValue].contains(code) {
            return false
        }
        try GitError.check(code)
        try repository.syncMain()
        return true
    }
}

/// A tree that is never written: git's judgement of names. Owns the `git_treebuilder`.
private final class NameCheck {
    private let builder: OpaquePointer

    init(_ repository: Repository) throws(GitError) {
        var builder: OpaquePointer?
        try GitError.check(git_treebuilder_new(&builder, repository.handle, nil))
        self.builder = builder!
    }

    func check(_ name: String, in path: String) throws {
        var anything = git_oid()
        anything.id.0 = 1
        try CommitWriter.insert(name, anything, GIT_FILEMODE_BLOB, into: builder, path: path)
    }

    deinit { git_treebuilder_free(builder) }
}

/// A file of the tree to be.
private struct FileNode {
    let id: git_oid
    let mode: git_filemode_t
}

/// A folder of the tree to be.
private struct FolderNode {
    var files: [String: FileNode] = [:]
    var folders: [String: FolderNode] = [:]

    mutating func insert(_ file: FileNode, at parts: ArraySlice<String>) {
        guard let name = parts.first else { return }
        if parts.count == 1 {
            files[name] = file
        } else {
            folders[name, default: FolderNode()].insert(file, at: parts.dropFirst())
        }
    }
}
