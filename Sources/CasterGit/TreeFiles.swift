import CLibgit2
import CasterCore

/// A file of a commit, as a list shows it.
public struct TreeFile: Sendable, Hashable {
    public enum Kind: Sendable, Hashable {
        case file
        /// Its content is the path that it leads to.
        case symlink
    }

    /// Relative to the root; repaired where it is not UTF-8.
    public let name: String
    public let kind: Kind
    /// Bytes of the content.
    public let size: Int
    /// The blob's ID, 40 hex digits: the same for the same content.
    public let hash: String
}

extension Repository {
    /// The files and symlinks of a tree (40 hex digits) in git's order, without submodules. Blocks.
    ///
    /// Throws `Refusal.tooLarge` beyond `limit` files and folders, `GitError` if an object is missing.
    public func files(inTree tree: String, limit: Int) throws -> [TreeFile] {
        var listing = Listing(repository: self, database: try database(), limit: limit)
        try listing.visit(Tree(Self.id(tree), in: self), path: "")
        return listing.files
    }

    /// The names at which two trees (40 hex digits each) differ: changed, added or removed. Folders that are equal are
    /// not entered. Throws as `files(inTree:limit:)` does.
    public func namesChanged(from old: String, to new: String, limit: Int) throws -> [String] {
        func byName(_ tree: String) throws -> [String: TreeFile] {
            let files = try files(inTree: tree, limit: limit)
            return Dictionary(files.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        }
        if old == new { return [] }
        let (before, after) = (try byName(old), try byName(new))
        return Set(before.keys).union(after.keys).filter { before[$0] != after[$0] }.sorted()
    }

    /// The file at a path of a tree, nil if there is none: no folder, symlink or submodule. Blocks.
    public func file(_ path: SitePath, inTree tree: String) throws -> TreeFile? {
        var folder = try Tree(Self.id(tree), in: self)
        let parts = path.parts
        for name in parts.dropLast() {
            guard let entry = folder[name], entry.kind == .folder else { return nil }
            folder = try Tree(entry.id, in: self)
        }
        guard let name = parts.last, let entry = folder[name], case .file = entry.kind else { return nil }
        var id = entry.id
        return TreeFile(
            name: path.text, kind: .file, size: try database().size(of: entry.id), hash: Self.hex(&id))
    }

    /// The content of a blob (40 hex digits). Blocks; the caller knows its size.
    public func content(ofBlob blob: String) throws -> [UInt8] {
        var id = try Self.id(blob)
        var handle: OpaquePointer?
        try GitError.check(git_blob_lookup(&handle, self.handle, &id))
        defer { git_blob_free(handle) }
        return Array(UnsafeRawBufferPointer(start: git_blob_rawcontent(handle), count: Int(git_blob_rawsize(handle))))
    }
}

private struct Listing {
    let repository: Repository
    let database: ObjectDatabase
    let limit: Int
    var entries = 0
    var files: [TreeFile] = []

    mutating func visit(_ tree: Tree, path: String) throws {
        for index in 0..<tree.count {
            let entry = tree[index]
            entries += 1
            guard entries <= limit else {
                throw Refusal.tooLarge("the site has more than \(limit) files and folders (CASTER_RELEASE_ENTRIES)")
            }
            let name = path + entry.name
            // What a push brought is not checked: a tree may nest deeper than any stack.
            guard name.utf8.count <= 1024 else {
                throw Refusal.invalid("the path \(name.quoted) is longer than 1,024 bytes")
            }
            switch entry.kind {
            case .submodule: continue
            case .folder: try visit(Tree(entry.id, in: repository), path: name + "/")
            case .link: try add(entry, name, .symlink)
            case .file: try add(entry, name, .file)
            }
        }
    }

    private mutating func add(_ entry: TreeEntry, _ name: String, _ kind: TreeFile.Kind) throws {
        var id = entry.id
        files.append(
            TreeFile(name: name, kind: kind, size: try database.size(of: entry.id), hash: Repository.hex(&id)))
    }
}

extension ObjectDatabase {
    /// Bytes of an object, without reading it.
    func size(of id: git_oid) throws(GitError) -> Int {
        var id = id
        var size = 0
        var type = GIT_OBJECT_ANY
        try GitError.check(git_odb_read_header(&size, &type, handle, &id))
        return size
    }
}
