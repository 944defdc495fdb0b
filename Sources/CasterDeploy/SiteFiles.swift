import CasterCore

/// The whole new content of a site, outside git.
public enum SiteFiles: Sendable {
    case list([NewFile])
    /// Absolute path of a zip or tar that nobody changes meanwhile.
    case archive(path: String)
}

extension Platform {
    /// Replaces a site's content: as a paste, or as an upload.
    ///
    /// Throws what `deploy(_:to:from:by:)` and `deploy(archive:to:by:)` throw.
    public func deploy(_ files: SiteFiles, to site: Site, by user: User) async throws -> Deployment {
        try await deploy(files, to: site, from: nil, by: user)
    }

    /// - Parameter source: nil for that of the files' own kind.
    func deploy(_ files: SiteFiles, to site: Site, from source: DeploymentSource?, by user: User?) async throws
        -> Deployment
    {
        switch files {
        case .list(let list): try await deploy(list, to: site, from: source ?? .paste, by: user)
        case .archive(let path): try await deploy(archive: path, to: site, from: source ?? .upload, by: user)
        }
    }

    /// What can be said before anything is stored: of an archive nothing.
    func check(_ files: SiteFiles) throws {
        if case .list(let list) = files { try check(list) }
    }
}
