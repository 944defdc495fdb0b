import CasterCore

/// Reads the files of an uploaded archive: zip, tar, or tar in gzip, recognised by content.
///
/// One folder around everything is taken off. macOS's additions (`__MACOSX`, `.DS_Store`, `._…`) and `.git` folders are
/// left out silently, as nobody means to publish them. Names that a zip or a pax header declares to be UTF-8 arrive in
/// Unicode's composed form. A named pipe in a zip is a file, as Info-ZIP writes files that it is piped.
public struct ArchiveReader: Sendable {
    private let path: String
    private let limits: Limits

    /// - Parameters:
    ///   - path: a regular file, which nobody else changes.
    ///   - limits: `uploadFiles`, `uploadFileBytes`, `uploadBytes`, `archiveBytes`, `archiveRatio` and `releaseEntries`
    ///     hold.
    public init(path: String, limits: Limits) {
        self.path = path
        self.limits = limits
    }

    /// Calls `body` once for each regular file, in the archive's order. `content` is valid during the call. Blocks;
    /// memory is the largest file's size, 1 MB, and for a zip four times its list of files (of 16 MB at most).
    ///
    /// Throws `Refusal.invalid` or `.tooLarge`, perhaps after some files, for an archive with anything else in it than
    /// files and folders under harmless names, or one that is damaged, cut short, encrypted, empty or over a limit;
    /// `ArchiveFileError` if the disk refuses; and what `body` throws.
    @discardableResult
    public func forEachFile(
        _ body: (_ path: SitePath, _ isExecutable: Bool, _ content: UnsafeRawBufferPointer) throws -> Void
    ) throws -> ArchiveSummary {
        try withUnicodeNames {
            let file = try ArchiveFile(path: path)
            guard file.size <= limits.archiveBytes else {
                throw Refusal.tooLarge("the archive is larger than \(limits.archiveBytes) bytes (CASTER_ARCHIVE_BYTES)")
            }
            let topFolder = try TopFolder.find(in: OpenArchive(file, limits: limits))
            var pass = ContentPass(limits: limits, archiveSize: file.size, topFolder: topFolder)
            try pass.run(OpenArchive(file, limits: limits), body)
            return pass.summary
        }
    }
}

/// What an archive held.
public struct ArchiveSummary: Sendable, Hashable {
    public internal(set) var files = 0
    /// Bytes of all files.
    public internal(set) var bytes = 0
    /// Entries that were left out because nobody means to publish them.
    public internal(set) var skipped = 0
}
