import CLibarchive
import CasterCore
import Glibc

/// An archive as libarchive reads it, entry after entry; owns the `struct archive`.
final class OpenArchive {
    private let handle: OpaquePointer
    /// What a tar archive is read from.
    private let tar: TarBytes?
    /// The last entry whose header could be read, for messages.
    private var last: EntryName?

    /// Recognises the format by the first bytes. Throws `Refusal.invalid` for anything but zip, tar and gzipped tar.
    init(_ file: ArchiveFile, limits: Limits) throws {
        let start = try file.bytes(at: 0, count: 4)
        guard !start.isEmpty else { throw Refusal.invalid("the archive is empty") }
        let isZip = start.starts(with: "PK".utf8)
        if isZip { try ZipDirectory(file).check() }
        guard let handle = archive_read_new() else {
            throw Refusal.unavailable("there is no memory to read the archive: try again later")
        }
        self.handle = handle
        tar = isZip ? nil : TarBytes(file, isGzipped: start.starts(with: [0x1f, 0x8b]), limits: limits)
        if let tar {
            archive_read_support_format_tar(handle)
            // Archives one behind the other are read to the last, so that no file gets lost silently.
            archive_read_set_format_option(handle, "tar", "read_concatenated_archives", "1")
            let code = archive_read_open(
                handle, Unmanaged.passUnretained(tar).toOpaque(), nil,
                { _, source, block in
                    let bytes = Unmanaged<TarBytes>.fromOpaque(source!).takeUnretainedValue().next()
                    block?.pointee = bytes?.baseAddress
                    return bytes?.count ?? Int(ARCHIVE_FATAL)
                }, nil)
            try checkRecognised(code)
        } else {
            // Without the streaming reader: it knows neither modes nor what the list at the end leaves out.
            archive_read_support_format_zip_seekable(handle)
            try checkRecognised(archive_read_open_fd(handle, file.number, 64 << 10))
        }
    }

    /// The next entry, nil after the last. Throws `Refusal.invalid` for a damaged archive.
    func next() throws -> ArchiveEntry? {
        var entry: OpaquePointer?
        let code = archive_read_next_header(handle, &entry)
        if code == ARCHIVE_EOF {
            try tar?.checkEnd()
            return nil
        }
        let found = entry.flatMap(ArchiveEntry.init)
        if code == ARCHIVE_WARN { try checkText(of: found?.name) }
        last = found?.name ?? last
        try check(code)
        guard let found else { throw damaged }
        if !found.isEncrypted { try checkMethod(of: found.name) }
        return found
    }

    /// The content of the entry that was read last. Returns how many bytes of `buffer` it filled; a content larger than
    /// the buffer fills it whole, and goes on at the next call; 0 after its end.
    ///
    /// Throws `Refusal.invalid` if it is damaged: only after the end is a zip's checksum known to be right.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        let count = archive_read_data(handle, buffer.baseAddress, buffer.count)
        if count < 0 { try check(Int32(truncatingIfNeeded: count)) }
        return count
    }

    private func checkRecognised(_ code: Int32) throws {
        guard code != ARCHIVE_OK else { return }
        throw tar?.failure ?? Refusal.invalid("the file is no zip, tar, tar.gz or tgz archive")
    }

    /// libarchive warns of a name that is not in the text encoding that the archive declares.
    private func checkText(of name: EntryName?) throws(Refusal) {
        guard let name else {
            throw .invalid("a name \(last.map { "after \($0.quoted)" } ?? "in the archive") is not UTF-8")
        }
        _ = try SitePath(utf8: name.bytes)
    }

    private func check(_ code: Int32) throws {
        guard code != ARCHIVE_OK else { return }
        throw tar?.failure ?? damaged
    }

    /// The methods that everybody's zip uses; the others take memory that the archive chooses, up to gigabytes.
    private func checkMethod(of name: EntryName) throws(Refusal) {
        guard tar == nil else { return }
        let format = archive_format_name(handle).map { String(cString: $0) } ?? ""
        guard format.hasSuffix("(uncompressed)") || format.hasSuffix("(deflation)") else {
            throw .invalid("\(name.quoted) is compressed in a way other than deflate: make a plain zip file")
        }
    }

    private var damaged: Refusal {
        let place = last.map { "at or after \($0.quoted)" } ?? "at its first entry"
        return .invalid("the archive is damaged or cut short \(place)")
    }

    deinit { archive_read_free(handle) }
}
