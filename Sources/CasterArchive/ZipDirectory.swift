import CasterCore

/// The list of files at the end of a zip file, looked through before libarchive reads it: libarchive takes memory for
/// each line of the list, however many there are, cuts a name off at a NUL, and would unpack the same bytes again for
/// each of many files that share them.
struct ZipDirectory {
    private let file: ArchiveFile

    /// Bytes of the list at most: more than 100,000 files with names of 100 bytes.
    private static let limit = 16 << 20
    private static let endSize = 22

    init(_ file: ArchiveFile) { self.file = file }

    /// Throws `Refusal.invalid` if the list is missing, damaged, or has a name with a NUL, or files that overlap;
    /// `.tooLarge` beyond the limit.
    func check() throws {
        // As far back as libarchive looks for the end record.
        let tail = try file.bytes(at: max(0, file.size - (16 << 10)), count: 16 << 10)
        guard let end = Self.endRecord(in: tail) else {
            throw Refusal.invalid("the archive is cut short: the list of files at the end of the zip file is missing")
        }
        let endOffset = file.size - tail.count + end
        let (start, count) = try place(of: tail, end: end, endOffset: endOffset)
        guard start >= 0, start <= endOffset else { throw Self.damaged }
        guard endOffset - start <= Self.limit else {
            throw Refusal.tooLarge("the archive's list of files is larger than \(Self.limit) bytes")
        }
        let list = try file.bytes(at: start, count: endOffset - start)
        guard try lines(of: list) == count else { throw Self.damaged }
        if count == 0 { throw Refusal.invalid("the archive is empty") }
    }

    /// Where the last end record (PKWARE APPNOTE §4.3.16) begins.
    private static func endRecord(in tail: [UInt8]) -> Int? {
        guard tail.count >= endSize else { return nil }
        return (0...tail.count - endSize).last { tail.hasSignature(0x0605_4b50, at: $0) }
    }

    /// Where the list begins, and how many lines it has.
    private func place(of tail: [UInt8], end: Int, endOffset: Int) throws -> (start: Int, count: Int) {
        // Zip64 (§4.3.14, §4.3.15) puts a locator right before the end record.
        if end >= 20, tail.hasSignature(0x0706_4b50, at: end - 20) {
            let record = try file.bytes(at: tail.number(at: end - 12, bytes: 8), count: 56)
            // Where libarchive would pass over the record, and take another list than this one.
            guard record.count == 56, record.hasSignature(0x0606_4b50, at: 0),
                (44...16_372).contains(record.number(at: 4, bytes: 8)),
                tail.number(at: end - 16, bytes: 4) == 0, tail.number(at: end - 4, bytes: 4) == 1,
                record.number(at: 16, bytes: 8) == 0,
                record.number(at: 24, bytes: 8) == record.number(at: 32, bytes: 8)
            else { throw Self.damaged }
            return (record.number(at: 48, bytes: 8), record.number(at: 32, bytes: 8))
        }
        return (endOffset - tail.number(at: end + 12, bytes: 4), tail.number(at: end + 10, bytes: 2))
    }

    /// Counts the lines of the list (§4.3.12) up to an end record.
    private func lines(of list: [UInt8]) throws(Refusal) -> Int {
        var (count, offset, packed) = (0, 0, 0)
        while list.hasSignature(0x0201_4b50, at: offset) {
            guard offset + 46 <= list.count else { throw Self.damaged }
            let extra = offset + 46 + list.number(at: offset + 28, bytes: 2)
            let comment = extra + list.number(at: offset + 30, bytes: 2)
            let next = comment + list.number(at: offset + 32, bytes: 2)
            guard next <= list.count else { throw Self.damaged }
            let name = list[offset + 46..<extra]
            if name.contains(0) {
                throw .invalid("the name \(EntryName(name).quoted) in the archive has a NUL")
            }
            let size = Self.packedSize(in: list, at: offset, extra: extra..<comment)
            guard size <= file.size - packed else { throw .invalid("the archive is damaged: files in it overlap") }
            packed += size
            offset = next
            count += 1
        }
        guard offset == list.count || list.hasSignature(0x0606_4b50, at: offset) else { throw Self.damaged }
        return count
    }

    /// Bytes that a file takes in the archive: in the line itself, or in its Zip64 field (§4.5.3).
    private static func packedSize(in list: [UInt8], at offset: Int, extra: Range<Int>) -> Int {
        let unknown = 0xffff_ffff
        let size = list.number(at: offset + 20, bytes: 4)
        guard size == unknown else { return size }
        let skipped = list.number(at: offset + 24, bytes: 4) == unknown ? 8 : 0
        var field = extra.lowerBound
        while field + 4 <= extra.upperBound {
            let end = field + 4 + list.number(at: field + 2, bytes: 2)
            if list.number(at: field, bytes: 2) == 1, field + 12 + skipped <= min(end, extra.upperBound) {
                return list.number(at: field + 4 + skipped, bytes: 8)
            }
            field = end
        }
        return size
    }

    private static let damaged = Refusal.invalid("the archive is damaged: its list of files makes no sense")
}

extension [UInt8] {
    /// A little-endian number, capped at `Int.max`. The bytes must exist.
    fileprivate func number(at offset: Int, bytes: Int) -> Int {
        let number = (0..<bytes).reduce(UInt64(0)) { $0 | UInt64(self[offset + $1]) << UInt64(8 * $1) }
        return Int(clamping: number)
    }

    fileprivate func hasSignature(_ signature: Int, at offset: Int) -> Bool {
        offset >= 0 && offset <= count - 4 && number(at: offset, bytes: 4) == signature
    }
}
