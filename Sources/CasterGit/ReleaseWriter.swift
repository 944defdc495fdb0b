import CLibgit2
import CLinux
import CasterCore
import Glibc

/// Writes the tree of a commit into a new folder that never changes again.
///
/// What is unchanged since the previous release becomes a hard link. A file's modification time is made from its
/// content (31 of the first 32 bits of its blob ID, in seconds), because the edge makes the `ETag` from time and size: the
/// same bytes keep their tag from release to release, and other bytes of the same size get another. Names beginning
/// with `.git` are left out, submodules are skipped and reported, set-id bits never arrive.
public struct ReleaseWriter {
    /// An earlier release of the same site, to link from.
    public struct Previous: Sendable {
        /// 40 hex digits.
        public let tree: String
        /// Absolute path of its folder.
        public let folder: String

        public init(tree: String, folder: String) {
            self.tree = tree
            self.folder = folder
        }
    }

    let repository: Repository
    let limits: Limits
    /// Asked before each file.
    let isCancelled: @Sendable () -> Bool

    public init(
        repository: Repository, limits: Limits, isCancelled: @escaping @Sendable () -> Bool = { false }
    ) {
        self.repository = repository
        self.limits = limits
        self.isCancelled = isCancelled
    }

    /// Writes `tree` (40 hex digits) to `folder`, an absolute path whose parent exists. On return the release is on
    /// disk, or will be before anything that is named or renamed later: a name that is durable leads to all of it. Blocks;
    /// memory is bounded by the largest file.
    ///
    /// Throws `Refusal.invalid` or `.tooLarge` for a tree that cannot be a site, `FileError` if the disk refuses,
    /// `GitError` if an object is missing, and `CancellationError`. A folder that is written in part is the caller's to remove.
    public func write(tree: String, to folder: String, previous: Previous?) throws -> ReleaseSummary {
        let root = try Tree(Repository.id(tree), in: repository)
        let source = previous.flatMap { previous -> Folder? in
            // Without its predecessor a release is only slower to write.
            guard let descriptor = try? Descriptor.folder(previous.folder),
                let tree = try? Tree(Repository.id(previous.tree), in: repository)
            else { return nil }
            return Folder(tree: tree, descriptor: descriptor)
        }
        var survey = TreeSurvey(repository: repository, limit: limits.releaseEntries)
        try survey.visit(root, previous: source?.tree, path: "")

        guard mkdir(folder, 0o755) == 0 else { throw FileError(path: folder, code: errno) }
        let target = Folder(tree: root, descriptor: try .folder(folder))
        var pass = WritePass(writer: self, root: target.descriptor, writes: survey.writes)
        try pass.fill(target, from: source, path: "")
        for link in pass.links { try Self.check(link: link, in: target.descriptor) }
        try pass.finish()
        pass.summary.submodules = survey.submodules
        return pass.summary
    }

    /// The kernel resolves the link as the edge would, and says whether that stays in the release.
    private static func check(link: String, in root: Descriptor) throws {
        guard clinux_resolves_beneath(root.number, link) != 0 else { return }
        switch errno {
        case ENOENT, ENOTDIR: return
        case ELOOP: throw Refusal.invalid("the symlink \(link.quoted) leads in a circle")
        case EXDEV:
            throw Refusal.invalid(
                "the symlink \(link.quoted) leads out of the site: make it relative, to a file inside")
        default: throw FileError(path: link, code: errno)
        }
    }
}

/// What a release consists of.
public struct ReleaseSummary: Sendable {
    /// Files and symlinks.
    public internal(set) var files = 0
    /// Those that are hard links to the previous release.
    public internal(set) var unchanged = 0
    /// Bytes of all files.
    public internal(set) var bytes = 0
    /// Paths of submodules, which are skipped.
    public internal(set) var submodules: [String] = []
}

/// A tree and the folder that it is, or becomes.
struct Folder {
    let tree: Tree
    let descriptor: Descriptor
}
