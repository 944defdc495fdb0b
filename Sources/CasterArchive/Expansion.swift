import CasterCore

/// Counts what an archive unpacks to, so that a bomb goes off no further than a limit.
struct Expansion {
    private let limits: Limits
    /// Bytes of the archive as it was sent.
    private let archiveSize: Int
    /// Bytes unpacked so far.
    private(set) var bytes = 0

    /// Text and empty pictures pack by hundreds: up to here nobody is harmed by any ratio.
    private static let harmless = 8 << 20

    init(limits: Limits, archiveSize: Int) {
        self.limits = limits
        self.archiveSize = archiveSize
    }

    /// Throws `Refusal.tooLarge` beyond the ratio, and beyond `most` bytes in all.
    mutating func add(_ count: Int, most: Int) throws(Refusal) {
        bytes += count
        guard bytes <= most else {
            throw .tooLarge(
                "the archive unpacks to more than \(limits.uploadBytes) bytes (CASTER_UPLOAD_BYTES)")
        }
        guard bytes <= Self.harmless || bytes / limits.archiveRatio <= archiveSize else {
            throw .tooLarge(
                "the archive unpacks to more than \(limits.archiveRatio) times its own size (CASTER_ARCHIVE_RATIO)")
        }
    }
}
