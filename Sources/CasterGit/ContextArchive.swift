import CLibgit2
import CasterCore
import Glibc

/// Writes the tree of a commit as a tar stream (POSIX pax), file by file and never unpacked: what a container engine
/// builds from. Submodules are left out, names that could not be a path are refused.
public struct ContextArchive {
    /// What was written.
    public struct Summary: Sendable, Hashable {
        public var files = 0
        /// Bytes of all files.
        public var bytes = 0
    }

    private let repository: Repository
    private let limits: Limits
    /// Whether a path (`a/b`) goes in.
    private let includes: (String) -> Bool
    /// Whether what is in a folder may go in though the folder does not.
    private let looksIntoExcluded: Bool
    private let sink: (UnsafeRawBufferPointer) throws -> Void
    private var entries = 0
    private var summary = Summary()

    /// - Parameter sink: takes the bytes; what it throws ends the walk.
    public init(
        repository: Repository, limits: Limits, looksIntoExcluded: Bool, includes: @escaping (String) -> Bool,
        sink: @escaping (UnsafeRawBufferPointer) throws -> Void
    ) {
        self.repository = repository
        self.limits = limits
        self.looksIntoExcluded = looksIntoExcluded
        self.includes = includes
        self.sink = sink
    }

    /// Writes `tree` (40 hex digits), to its end mark. Blocks; memory is bounded by the largest file.
    ///
    /// Throws `Refusal` for a tree over a limit, `GitError` if an object is missing, and what `sink` throws.
    public mutating func write(tree: String) throws -> Summary {
        try visit(Tree(Repository.id(tree), in: repository), path: "")
        try send([UInt8](repeating: 0, count: 2 * TarHeader.block))
        return summary
    }

    private mutating func visit(_ tree: Tree, path: String) throws {
        for index in 0..<tree.count {
            let entry = tree[index]
            let entryPath = path + entry.name
            guard entry.hasValidName, !entry.name.isEmpty, entry.name != ".", entry.name != "..",
                !entry.name.contains("/"), entryPath.utf8.count <= 1024
            else { throw Refusal.invalid("\(entryPath.quoted) is not a path that a file can have") }
            let isIncluded = includes(entryPath)
            switch entry.kind {
            case .submodule: continue
            case .folder:
                if isIncluded {
                    try count()
                    try send(TarHeader(path: entryPath + "/", kind: .folder, mode: 0o755).bytes)
                } else if !looksIntoExcluded {
                    continue
                }
                try visit(Tree(entry.id, in: repository), path: entryPath + "/")
            case .link where isIncluded:
                try count()
                let blob = try Blob(entry.id, in: repository)
                let target = withExtendedLifetime(blob) { String(decoding: blob.bytes, as: UTF8.self) }
                guard !target.isEmpty, target.utf8.count < PATH_MAX, !target.utf8.contains(0) else {
                    throw Refusal.invalid("the symlink \(entryPath.quoted) leads nowhere")
                }
                try send(TarHeader(path: entryPath, kind: .link(target), mode: 0o777).bytes)
                summary.files += 1
            case .file(let isExecutable) where isIncluded:
                try count()
                let blob = try Blob(entry.id, in: repository)
                summary.files += 1
                summary.bytes += blob.bytes.count
                guard summary.bytes <= limits.releaseBytes else {
                    throw Refusal.tooLarge(
                        "the files of the build are larger than \(limits.releaseBytes >> 20) MB in all "
                            + "(CASTER_RELEASE_BYTES): leave some out with .dockerignore")
                }
                let mode = isExecutable ? 0o755 : 0o644
                try send(TarHeader(path: entryPath, kind: .file(size: blob.bytes.count), mode: mode).bytes)
                try withExtendedLifetime(blob) { try send(blob.bytes) }
            case .link, .file: continue
            }
        }
    }

    private mutating func count() throws {
        entries += 1
        guard entries <= limits.releaseEntries else {
            throw Refusal.tooLarge(
                "the build has more than \(limits.releaseEntries) files and folders (CASTER_RELEASE_ENTRIES): leave "
                    + "some out with .dockerignore")
        }
    }

    private func send(_ bytes: [UInt8]) throws { try bytes.withUnsafeBytes { try sink($0) } }

    /// A file's content in pieces, padded to whole blocks.
    private func send(_ bytes: UnsafeRawBufferPointer) throws {
        var start = 0
        while start < bytes.count {
            let end = min(bytes.count, start + 1 << 18)
            try sink(UnsafeRawBufferPointer(rebasing: bytes[start..<end]))
            start = end
        }
        let rest = bytes.count % TarHeader.block
        if rest > 0 { try send([UInt8](repeating: 0, count: TarHeader.block - rest)) }
    }
}
