import CLibgit2
import Glibc

/// A bare repository, opened for as long as this object lives; owns the `git_repository`. Its calls block: use it on a
/// thread that may block, and on one thread only.
public final class Repository {
    let handle: OpaquePointer

    private static let ready: Void = {
        git_libgit2_init()
        // Trees and commits of one walk fit; what a busy worker keeps stays small.
        clibgit2_set_cache_limit(16 << 20)
        clibgit2_ignore_other_configuration()
        // git has checked what was pushed when it came in, and what is made here comes from objects just written.
        clibgit2_set_strict(0)
    }()

    private init(handle: OpaquePointer) { self.handle = handle }

    /// Opens the bare repository at an absolute path. Throws `GitError`.
    public convenience init(path: String) throws(GitError) {
        _ = Self.ready
        var handle: OpaquePointer?
        try GitError.check(git_repository_open_bare(&handle, path))
        self.init(handle: handle!)
    }

    /// Creates a bare repository whose `HEAD` is `main`; one that is there already is left as it is. Its own `hooks` are
    /// never run: `core.hooksPath` names others. Throws `GitError`.
    public static func create(path: String) throws(GitError) {
        _ = ready
        var options = git_repository_init_options()
        try GitError.check(git_repository_init_options_init(&options, UInt32(GIT_REPOSITORY_INIT_OPTIONS_VERSION)))
        options.flags = GIT_REPOSITORY_INIT_BARE.rawValue | GIT_REPOSITORY_INIT_MKPATH.rawValue
        var handle: OpaquePointer?
        let code = "main".withCString { branch in
            options.initial_head = branch
            return git_repository_init_ext(&handle, path, &options)
        }
        try GitError.check(code)
        git_repository_free(handle)
    }

    /// The commit that `refs/heads/main` points to: 40 hex digits, nil if there is no such branch.
    public func mainTip() throws(GitError) -> String? {
        var id = git_oid()
        let code = git_reference_name_to_id(&id, handle, "refs/heads/main")
        if code == GIT_ENOTFOUND.rawValue { return nil }
        try GitError.check(code)
        return Self.hex(&id)
    }

    /// The same of the repository at an absolute path, which need not be opened for it as a rule: `main` is in a file of
    /// its own, but where git has packed it and it did not move since.
    public static func mainTip(path: String) throws(GitError) -> String? {
        let file = open("\(path)/refs/heads/main", O_RDONLY | O_CLOEXEC)
        if file >= 0 {
            defer { close(file) }
            var bytes = [UInt8](repeating: 0, count: 41)
            if read(file, &bytes, 41) == 41, bytes[40] == UInt8(ascii: "\n") {
                let hex = String(decoding: bytes.prefix(40), as: UTF8.self)
                if hex.allSatisfy(\.isHexDigit) { return hex }
            }
        }
        return try Repository(path: path).mainTip()
    }

    /// The tree of a commit, 40 hex digits each. Throws `GitError` if there is no such commit.
    public func tree(ofCommit commit: String) throws(GitError) -> String {
        var id = try Self.id(commit)
        var object: OpaquePointer?
        try GitError.check(git_commit_lookup(&object, handle, &id))
        defer { git_commit_free(object) }
        return Self.hex(git_commit_tree_id(object))
    }

    /// Whether the root of a tree (40 hex digits) has a file of this name.
    public func hasFile(_ name: String, inTree tree: String) throws(GitError) -> Bool {
        guard case .file = try Tree(Self.id(tree), in: self)[name]?.kind else { return false }
        return true
    }

    /// The content of a file in the root of a tree (40 hex digits), nil if there is no such file, or if it is larger
    /// than `limit` bytes.
    public func file(_ name: String, inTree tree: String, limit: Int) throws(GitError) -> String? {
        guard let entry = try Tree(Self.id(tree), in: self)[name], case .file = entry.kind else { return nil }
        let blob = try Blob(entry.id, in: self)
        return withExtendedLifetime(blob) {
            blob.bytes.count <= limit ? String(decoding: blob.bytes, as: UTF8.self) : nil
        }
    }

    static func id(_ hex: String) throws(GitError) -> git_oid {
        var id = git_oid()
        try GitError.check(git_oid_fromstr(&id, hex))
        return id
    }

    static func hex(_ id: UnsafePointer<git_oid>) -> String {
        var text = [CChar](repeating: 0, count: Int(GIT_OID_HEXSZ) + 1)
        git_oid_tostr(&text, text.count, id)
        return text.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
    }

    deinit { git_repository_free(handle) }
}
