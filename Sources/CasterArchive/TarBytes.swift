import CasterCore

/// The bytes of a tar archive, unpacked where it is gzipped, and counted: what libarchive reads from.
final class TarBytes {
    private let file: ArchiveFile
    private let inflater: GzipInflater?
    private var expansion: Expansion
    private let most: Int
    private let block: UnsafeMutableRawBufferPointer
    private var offset = 0
    /// Zeros at the end of what was handed out so far, of a plain tar.
    private var zeros = 0
    /// Why `next` failed, which libarchive cannot pass on.
    private(set) var failure: (any Error)?

    /// - Parameter isGzipped: the file is gzip with a tar archive in it.
    init(_ file: ArchiveFile, isGzipped: Bool, limits: Limits) {
        self.file = file
        inflater = isGzipped ? GzipInflater() : nil
        expansion = Expansion(limits: limits, archiveSize: file.size)
        // Headers, padding and what is skipped count here, and are no part of the site.
        most = limits.uploadBytes * 2
        block = .allocate(byteCount: 128 << 10, alignment: 16)
    }

    /// The next bytes, valid until the next call; empty at the end; nil after `failure` was set.
    func next() -> UnsafeRawBufferPointer? {
        do {
            let count = try inflater?.read(file, into: block) ?? file.read(into: block, at: offset)
            offset += count
            try expansion.add(count, most: most)
            let bytes = UnsafeRawBufferPointer(rebasing: block[..<count])
            if inflater == nil { countZeros(of: bytes) }
            return bytes
        } catch {
            failure = error
            return nil
        }
    }

    private func countZeros(of bytes: UnsafeRawBufferPointer) {
        let tail = bytes.reversed().prefix { $0 == 0 }.count
        zeros = tail == bytes.count ? zeros + tail : tail
    }

    /// Call it after the end. A tar archive ends with 1,024 zeros, of which some programs write half; gzip keeps watch
    /// over its own end. (A cut right behind a file which itself ends with zeros goes unnoticed.)
    ///
    /// Throws `Refusal.invalid` if the end is missing.
    func checkEnd() throws(Refusal) {
        guard inflater != nil || zeros >= 512 else {
            throw .invalid("the archive is cut short: the end of the tar file is missing")
        }
    }

    deinit { block.deallocate() }
}
