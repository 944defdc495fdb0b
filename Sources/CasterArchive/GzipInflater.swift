import CZlib
import CasterCore

/// Unpacks gzip (RFC 1952): every member of the file, each held against its checksum and length. (libarchive's own gzip
/// filter looks at neither, so it would take a damaged archive for a sound one.)
final class GzipInflater {
    private var stream = z_stream()
    private let input: UnsafeMutableRawBufferPointer
    /// Where in the file `input` will be filled from next.
    private var offset = 0
    private var isBetweenMembers = false
    private var isAtEnd = false

    init() {
        input = .allocate(byteCount: 64 << 10, alignment: 16)
        precondition(czlib_inflate_init_gzip(&stream) == Z_OK, "zlib could not allocate its memory")
    }

    /// Fills `output` as far as the file goes, and returns how far. 0 is the end.
    ///
    /// Throws `Refusal.invalid` for a file that is damaged, cut short, or goes on with something else.
    func read(_ file: ArchiveFile, into output: UnsafeMutableRawBufferPointer) throws -> Int {
        stream.next_out = output.baseAddress!.assumingMemoryBound(to: Bytef.self)
        stream.avail_out = UInt32(output.count)
        while stream.avail_out > 0, !isAtEnd {
            if stream.avail_in == 0 { try fill(from: file) }
            if isBetweenMembers {
                try beginMember(of: file)
                continue
            }
            let before = stream.avail_out
            switch inflate(&stream, Z_NO_FLUSH) {
            case Z_OK: break
            case Z_STREAM_END: isBetweenMembers = true
            case Z_BUF_ERROR where stream.avail_in > 0 || stream.avail_out < before: break
            case Z_BUF_ERROR:
                throw Refusal.invalid("the archive is cut short: the end of its gzip data is missing")
            case Z_MEM_ERROR: throw Refusal.unavailable("there is no memory to unpack the archive: try again later")
            default: throw Refusal.invalid("the archive is damaged: its gzip data does not fit its checksum")
            }
        }
        return output.count - Int(stream.avail_out)
    }

    private func fill(from file: ArchiveFile) throws(ArchiveFileError) {
        let count = try file.read(into: input, at: offset)
        offset += count
        stream.next_in = input.baseAddress!.assumingMemoryBound(to: Bytef.self)
        stream.avail_in = UInt32(count)
    }

    /// After a member there is the end, another member, or zeros that fill up a tape's block.
    private func beginMember(of file: ArchiveFile) throws {
        while stream.avail_in > 0, stream.next_in.pointee == 0 {
            stream.next_in += 1
            stream.avail_in -= 1
        }
        if stream.avail_in == 0 {
            isAtEnd = offset >= file.size
        } else if stream.next_in.pointee == 0x1f {
            inflateReset(&stream)
            isBetweenMembers = false
        } else {
            throw Refusal.invalid("the archive is damaged: something else follows its gzip data")
        }
    }

    deinit {
        inflateEnd(&stream)
        input.deallocate()
    }
}
