import CasterCore
import CasterGit
import Foundation

/// Changes of some files of a site; the others stay as they are.
public struct FilePatch: Sendable {
    /// The commit that the changes were made for, 40 hex digits.
    public let base: String
    /// Files that are added, or whose content is replaced.
    public let files: [NewFile]
    /// Files that are removed.
    public let deletions: [SitePath]

    public init(base: String, files: [NewFile], deletions: [SitePath]) {
        self.base = base
        self.files = files
        self.deletions = deletions
    }
}

extension Platform {
    /// Changes some files of a site: a commit on `main`, which takes the way of every push.
    ///
    /// Throws `Refusal.conflict`, naming what changed, if `main` is not the patch's base any more; `.invalid` for changes
    /// that make no sense there; `.tooLarge` beyond a limit.
    public func patch(
        _ site: Site, with patch: FilePatch, from source: DeploymentSource, by user: User
    ) async throws -> Deployment {
        guard !patch.files.isEmpty || !patch.deletions.isEmpty else {
            throw Refusal.invalid("a patch must have at least one file to put or to delete")
        }
        try check(patch.files, deletions: patch.deletions)
        let path = folder.repo(site.siteID)
        let author = (name: String(user.email.prefix { $0 != "@" }), email: user.email)
        let limit = limits.releaseEntries
        let commit = try await BlockingThreads.disk {
            let repository = try Repository(path: path)
            let tip = try Self.resolve(nil, in: repository).commit
            guard tip == patch.base else { throw try Self.conflict(patch, tip: tip, in: repository, limit: limit) }
            var writer = try PatchWriter(repository: repository)
            for file in patch.files { try writer.put(file.path, content: file.content) }
            for path in patch.deletions { writer.delete(path) }
            let made = try writer.commit(
                base: patch.base, message: "Changed by \(source.rawValue)\n", author: author,
                time: Int64(Date.now.timeIntervalSince1970))
            guard let made else {
                throw try Self.conflict(
                    patch, tip: Self.resolve(nil, in: repository).commit, in: repository, limit: limit)
            }
            return made
        }
        return try await accept(commit: commit, of: site, from: source)
    }

    /// Why a patch does not fit any more, with the names of files that changed since its base.
    private static func conflict(
        _ patch: FilePatch, tip: String, in repository: Repository, limit: Int
    ) throws -> Refusal {
        let base: String
        do {
            base = try resolve(patch.base, in: repository).tree
        } catch let refusal as Refusal where refusal.kind == .notFound {
            return .conflict("base \(patch.base) is no commit of this site: read its files again (it is at \(tip) now)")
        }
        let names = try repository.namesChanged(from: base, to: repository.tree(ofCommit: tip), limit: limit)
        let shown = names.prefix(20).map(\.quoted).joined(separator: ", ")
        let more = names.count > 20 ? " and \(names.count - 20) more" : ""
        let what = names.isEmpty ? "nothing in its files" : shown + more
        return .conflict("the site has changed since \(patch.base): it is at \(tip) now, and changed: \(what)")
    }
}
