import CLibgit2
import Glibc

/// A tree object of an open repository; owns the `git_tree`.
final class Tree {
    private let handle: OpaquePointer
    /// The `git_tree`, for as long as this object lives.
    var pointer: OpaquePointer { handle }

    init(_ id: git_oid, in repository: Repository) throws(GitError) {
        var id = id
        var handle: OpaquePointer?
        try GitError.check(git_tree_lookup(&handle, repository.handle, &id))
        self.handle = handle!
    }

    var count: Int { git_tree_entrycount(handle) }

    /// The entry at an index below `count`.
    subscript(index: Int) -> TreeEntry { TreeEntry(git_tree_entry_byindex(handle, index)) }

    /// The entry with this name, if there is one.
    subscript(name: String) -> TreeEntry? { git_tree_entry_byname(handle, name).map(TreeEntry.init) }

    deinit { git_tree_free(handle) }
}

/// One name in a tree: what it is and which object it names.
struct TreeEntry {
    enum Kind: Equatable {
        case file(executable: Bool)
        case link
        case folder
        case submodule
    }

    let name: String
    /// The name is UTF-8; `name` is repaired where it is not.
    let hasValidName: Bool
    let id: git_oid
    let kind: Kind

    init(_ entry: OpaquePointer) {
        name = String(cString: git_tree_entry_name(entry))
        hasValidName = String(validatingCString: git_tree_entry_name(entry)) != nil
        id = git_tree_entry_id(entry).pointee
        // The raw mode: libgit2's own normalises, and would turn what is hostile into something plain.
        let mode = git_tree_entry_filemode_raw(entry).rawValue
        kind =
            switch mode & 0o170000 {
            case 0o040000: .folder
            case 0o120000: .link
            case 0o160000: .submodule
            default: .file(executable: mode & 0o111 != 0)
            }
    }

    func isSame(as other: TreeEntry) -> Bool {
        guard kind == other.kind else { return false }
        var (mine, theirs) = (id, other.id)
        return git_oid_equal(&mine, &theirs) == 1
    }
}
