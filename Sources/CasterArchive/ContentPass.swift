import CasterCore

/// The walk through an archive that judges every entry and hands over the files.
struct ContentPass {
    private let limits: Limits
    private let topFolder: TopFolder?
    private var expansion: Expansion
    private var paths: SitePathSet
    private let buffer = ContentBuffer()
    private(set) var summary = ArchiveSummary()

    init(limits: Limits, archiveSize: Int, topFolder: TopFolder?) {
        self.limits = limits
        self.topFolder = topFolder
        expansion = Expansion(limits: limits, archiveSize: archiveSize)
        paths = SitePathSet(entryLimit: limits.releaseEntries)
    }

    mutating func run(
        _ archive: OpenArchive, _ body: (SitePath, Bool, UnsafeRawBufferPointer) throws -> Void
    ) throws {
        while let entry = try archive.next() {
            if entry.name.isLitter {
                summary.skipped += 1
                continue
            }
            try entry.checkKind()
            if entry.name.bytes.isEmpty && entry.isFolder { continue }
            let whole = try SitePath(utf8: entry.name.bytes)
            let stripped = try topFolder.map { (folder) throws(Refusal) in try folder.strip(whole) } ?? whole
            guard let path = stripped else { continue }
            if entry.isFolder {
                try paths.insert(folder: path)
                continue
            }
            try paths.insert(path)
            try count(entry)
            let isExecutable = entry.isExecutable
            let content = try read(entry, from: archive)
            summary.bytes += content.count
            try body(path, isExecutable, content)
        }
        guard summary.files > 0 else { throw Refusal.invalid("there is no file in the archive") }
    }

    private mutating func count(_ entry: ArchiveEntry) throws(Refusal) {
        summary.files += 1
        guard summary.files <= limits.uploadFiles else {
            throw .tooLarge("the archive has more than \(limits.uploadFiles) files (CASTER_UPLOAD_FILES)")
        }
        guard entry.promisedSize <= limits.uploadFileBytes else { throw tooLarge(entry) }
    }

    private mutating func read(_ entry: ArchiveEntry, from archive: OpenArchive) throws -> UnsafeRawBufferPointer {
        buffer.empty(expecting: entry.promisedSize)
        while true {
            let count = try archive.read(into: buffer.free)
            if count == 0 { return buffer.content }
            buffer.fill(count)
            try expansion.add(count, most: limits.uploadBytes)
            guard buffer.content.count <= limits.uploadFileBytes else { throw tooLarge(entry) }
        }
    }

    private func tooLarge(_ entry: ArchiveEntry) -> Refusal {
        .tooLarge(
            "\(entry.name.quoted) is larger than \(limits.uploadFileBytes) bytes (CASTER_UPLOAD_FILE_BYTES)")
    }
}
