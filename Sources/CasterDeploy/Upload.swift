import CasterArchive
import CasterCore
import CasterGit
import Foundation

extension Platform {
    /// Replaces a site's content by the files of an archive (zip, tar, tar.gz), as `deploy` does with single files.
    ///
    /// - Parameter archive: absolute path of a file that nobody changes meanwhile.
    ///
    /// Throws `Refusal.invalid` or `.tooLarge` for an archive that is not a site's: the sentence names the entry. Then
    /// nothing of it stays.
    public func deploy(archive: String, to site: Site, by user: User) async throws -> Deployment {
        try await deploy(archive: archive, to: site, from: .upload, by: user)
    }

    func deploy(
        archive: String, to site: Site, from source: DeploymentSource, by user: User?
    ) async throws -> Deployment {
        let reader = ArchiveReader(path: archive, limits: limits)
        return try await commit(to: site, from: source, by: user) { writer in
            // Judged to its end before anything is written: what is refused leaves nothing. To read it twice costs less
            // than to keep objects apart and move them.
            try reader.forEachFile { path, _, _ in try writer.check(path) }
            try reader.forEachFile { path, isExecutable, content in
                try writer.add(path, content: content, isExecutable: isExecutable)
            }
        }
    }

    /// SHA-256 of a file, for idempotency. Throws `CocoaError` if it cannot be read.
    public func digest(ofFile path: String) async throws -> [UInt8] {
        try await BlockingThreads.disk {
            try Data(contentsOf: URL(filePath: path), options: .alwaysMapped).withUnsafeBytes { Secret.sha256($0) }
        }
    }
}
