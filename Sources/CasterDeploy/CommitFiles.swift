import CasterCore
import CasterGit
import Foundation

/// What a commit of a site consists of.
public struct CommitFiles: Sendable {
    /// 40 hex digits. A patch names it as its base.
    public let commit: String
    /// The commit's tree, 40 hex digits: the deployments' `content_hash`.
    public let tree: String
    /// In git's order.
    public let files: [SiteFile]
}

/// A file of a site, perhaps with its content.
public struct SiteFile: Sendable {
    /// Its path within the site.
    public let name: String
    /// Bytes.
    public let size: Int
    /// It is a symlink: its content is not handed out.
    public let isSymlink: Bool
    /// 40 hex digits: the same for the same content.
    public let hash: String
    /// Nil if it was not asked for, or there was no room for it.
    public var content: [UInt8]?
}

/// Which files somebody wants to see, and how much of them.
public struct FileSelection: Sendable {
    /// Only files whose name begins with this.
    public var prefix: String
    /// These files and no others; nil: all.
    public var names: [String]?
    /// Contents are handed out in order, file by file, as long as they fit into so many bytes in all.
    public var contentBytes: Int

    public init(prefix: String = "", names: [String]? = nil, contentBytes: Int = 0) {
        self.prefix = prefix
        self.names = names
        self.contentBytes = contentBytes
    }
}

extension Platform {
    /// The files of a site at `main`, or at another commit of its repository (40 hex digits).
    ///
    /// Throws `Refusal.notFound` if nothing was deployed yet, or there is no such commit or no file of a name.
    public func files(
        of site: Site, at commit: String? = nil, _ selection: FileSelection = FileSelection()
    ) async throws -> CommitFiles {
        let path = folder.repo(site.siteID)
        let limit = limits.releaseEntries
        return try await BlockingThreads.disk {
            let repository = try Repository(path: path)
            let (commit, tree) = try Self.resolve(commit, in: repository)
            var files = try repository.files(inTree: tree, limit: limit)
            if !selection.prefix.isEmpty { files = files.filter { $0.name.hasPrefix(selection.prefix) } }
            if let names = selection.names {
                let wanted = Set(names)
                files = files.filter { wanted.contains($0.name) }
                if let missing = names.first(where: { name in !files.contains { $0.name == name } }) {
                    throw Refusal.notFound("there is no file \(missing.quoted) in this site")
                }
            }
            var room = selection.contentBytes
            let result = try files.map { file in
                var content: [UInt8]?
                if room > 0, file.kind == .file, file.size <= room {
                    content = try repository.content(ofBlob: file.hash)
                    room -= file.size
                }
                return SiteFile(
                    name: file.name, size: file.size, isSymlink: file.kind == .symlink, hash: file.hash,
                    content: content)
            }
            return CommitFiles(commit: commit, tree: tree, files: result)
        }
    }

    /// One file of a site, with its content, at `main` or another commit.
    ///
    /// Throws `Refusal.notFound` if there is no such file or commit, `.tooLarge` for one that no upload could bring.
    public func file(
        _ name: String, of site: Site, at commit: String? = nil
    ) async throws -> (file: SiteFile, commit: String) {
        let missing = Refusal.notFound("there is no file \(name.quoted) in this site")
        let path: SitePath
        do { path = try SitePath(name) } catch { throw missing }
        let repo = folder.repo(site.siteID)
        let limit = limits.uploadFileBytes
        return try await BlockingThreads.disk {
            let repository = try Repository(path: repo)
            let (commit, tree) = try Self.resolve(commit, in: repository)
            guard let file = try repository.file(path, inTree: tree) else { throw missing }
            guard file.size <= limit else {
                throw Refusal.tooLarge(
                    "\(name.quoted) is larger than \(limit) bytes (CASTER_UPLOAD_FILE_BYTES): clone the site with git")
            }
            let content = try repository.content(ofBlob: file.hash)
            return (
                SiteFile(name: name, size: file.size, isSymlink: false, hash: file.hash, content: content), commit
            )
        }
    }

    /// A commit and its tree; `main`'s if none is named.
    static func resolve(_ commit: String?, in repository: Repository) throws -> (commit: String, tree: String) {
        guard let commit else {
            guard let tip = try repository.mainTip() else {
                throw Refusal.notFound("this site has no files yet: deploy some first")
            }
            return (tip, try repository.tree(ofCommit: tip))
        }
        guard commit.utf8.count == 40, commit.utf8.allSatisfy({ "0123456789abcdef".utf8.contains($0) }) else {
            throw Refusal.invalid("a commit is named by its 40 hex digits, not \(commit.quoted)")
        }
        do {
            return (commit, try repository.tree(ofCommit: commit))
        } catch {
            throw Refusal.notFound("there is no commit \(commit) of this site")
        }
    }
}
