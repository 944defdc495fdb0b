import CLibgit2
import CLinux
import CasterCore
import Glibc

/// The second walk over a tree, which writes.
struct WritePass {
    let writer: ReleaseWriter
    let root: Descriptor
    /// Few writes, and a file system that keeps order: the data of each is written out by itself, and whoever names the
    /// release brings the metadata to disk. Else all is synced at the end.
    let writesOut: Bool
    /// Files whose data is on its way.
    private var begun: [Descriptor] = []
    var summary = ReleaseSummary()
    /// Paths of the symlinks, to be judged once everything that they may lead to exists.
    private(set) var links: [String] = []

    init(writer: ReleaseWriter, root: Descriptor, writes: Int) {
        self.writer = writer
        self.root = root
        writesOut = writes <= 64 && root.keepsOrder
    }

    mutating func fill(_ target: Folder, from previous: Folder?, path: String) throws {
        for index in 0..<target.tree.count {
            if writer.isCancelled() { throw CancellationError() }
            let entry = target.tree[index]
            if TreeSurvey.isOmitted(entry.name) { continue }
            let entryPath = path + entry.name
            let old = previous?.tree[entry.name]
            switch entry.kind {
            case .submodule: continue
            case .folder:
                let folder = try newFolder(entry, in: target.descriptor, path: entryPath)
                try fill(folder, from: try open(old, in: previous), path: entryPath + "/")
            case .link:
                summary.files += 1
                links.append(entryPath)
                try writeLink(entry, in: target.descriptor, path: entryPath)
            case .file(let executable):
                summary.files += 1
                if let previous, let old, entry.isSame(as: old),
                    linkat(previous.descriptor.number, entry.name, target.descriptor.number, entry.name, 0) == 0
                {
                    summary.unchanged += 1
                    try count(bytes: size(of: entry.name, in: target.descriptor, path: entryPath))
                } else {
                    try writeFile(entry, mode: executable ? 0o755 : 0o644, in: target.descriptor, path: entryPath)
                }
            }
        }
    }

    /// From here on, no name that is given to the release is on disk without it.
    func finish() throws {
        if !writesOut { try root.syncFileSystem() }
        for file in begun { try file.writeOut() }
    }

    private mutating func count(bytes: Int) throws {
        summary.bytes += bytes
        guard summary.bytes <= writer.limits.releaseBytes else {
            throw Refusal.tooLarge(
                "the site's files are larger than \(writer.limits.releaseBytes >> 20) MB in all (CASTER_RELEASE_BYTES)")
        }
    }

    private func newFolder(_ entry: TreeEntry, in parent: Descriptor, path: String) throws -> Folder {
        guard mkdirat(parent.number, entry.name, 0o755) == 0 else { throw FileError(path: path, code: errno) }
        return Folder(
            tree: try Tree(entry.id, in: writer.repository), descriptor: try .folder(entry.name, in: parent))
    }

    private func open(_ entry: TreeEntry?, in previous: Folder?) throws -> Folder? {
        guard let entry, let previous, entry.kind == .folder else { return nil }
        return Folder(
            tree: try Tree(entry.id, in: writer.repository),
            descriptor: try .folder(entry.name, in: previous.descriptor))
    }

    private mutating func writeFile(_ entry: TreeEntry, mode: mode_t, in folder: Descriptor, path: String) throws {
        try count(bytes: objectSize(entry.id))
        let blob = try Blob(entry.id, in: writer.repository)
        let number = openat(folder.number, entry.name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
        guard number >= 0 else { throw FileError(path: path, code: errno) }
        let file = Descriptor(number: number, path: path)
        try file.write(blob.bytes)
        // See ReleaseWriter: the time stands for the content.
        let stamp = timespec(tv_sec: Int(entry.id.firstWord), tv_nsec: 0)
        guard futimens(number, [stamp, stamp]) == 0 else { throw FileError(path: path, code: errno) }
        if writesOut {
            try file.beginWriteOut()
            begun.append(file)
        }
    }

    private func writeLink(_ entry: TreeEntry, in folder: Descriptor, path: String) throws {
        guard try objectSize(entry.id) < PATH_MAX else {
            throw Refusal.invalid("the symlink \(path.quoted) is longer than \(PATH_MAX) bytes")
        }
        let blob = try Blob(entry.id, in: writer.repository)
        guard !blob.bytes.contains(0), !blob.bytes.isEmpty else {
            throw Refusal.invalid("the symlink \(path.quoted) leads nowhere")
        }
        let target = Array(blob.bytes) + [0]
        let result = target.withUnsafeBytes {
            symlinkat($0.baseAddress!.assumingMemoryBound(to: CChar.self), folder.number, entry.name)
        }
        guard result == 0 else { throw FileError(path: path, code: errno) }
    }

    private func size(of name: String, in folder: Descriptor, path: String) throws -> Int {
        var status = stat()
        guard fstatat(folder.number, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else {
            throw FileError(path: path, code: errno)
        }
        return Int(status.st_size)
    }

    private func objectSize(_ id: git_oid) throws -> Int { try writer.repository.database().size(of: id) }
}

extension git_oid {
    /// 31 of the first 32 bits: as seconds, every file system can keep them.
    var firstWord: UInt32 { UInt32(id.0 & 0x7f) << 24 | UInt32(id.1) << 16 | UInt32(id.2) << 8 | UInt32(id.3) }
}
