import CasterCore
import Glibc
import NIOCore

/// Takes a multipart body (RFC 2046 §5.1) apart as it arrives. What comes out does not depend on where the chunks are
/// cut; it holds a chunk at a time, and no more of a part's headers than `headerLimit`.
struct MultipartParser {
    enum Event: Equatable {
        /// A part begins.
        case part(MultipartHeaders)
        /// Some bytes of the part's content, one at least.
        case content(ByteBuffer)
        /// The last part ended.
        case end
    }

    private enum State {
        case preamble
        case boundary
        case headers
        case content
        case epilogue
    }

    /// Bytes of one part's headers, and of what stands before the first boundary.
    static let headerLimit = 16 << 10
    static let partLimit = 100

    private let delimiter: [UInt8]
    private var state = State.preamble
    /// What was not taken apart yet. A line end stands in for the one that the first boundary may lack.
    private var buffer = ByteBuffer(string: "\r\n")
    private var preambleBytes = 0
    private var parts = 0

    init(boundary: MultipartBoundary) { delimiter = Array("\r\n--\(boundary.text)".utf8) }

    mutating func append(_ chunk: ByteBuffer) {
        guard state != .epilogue else { return }
        if buffer.readableBytes == 0 {
            buffer = chunk
        } else {
            buffer.discardReadBytes()
            buffer.writeImmutableBuffer(chunk)
        }
    }

    /// The next event, or nil until more is appended.
    ///
    /// Throws `Refusal.invalid` for what is no multipart body or beyond a limit.
    mutating func next() throws(Refusal) -> Event? {
        while true {
            switch state {
            case .preamble: guard try skipPreamble() else { return nil }
            case .boundary:
                guard let isLast = try readRestOfBoundary() else { return nil }
                if isLast {
                    state = .epilogue
                    buffer.clear()
                    return .end
                }
                state = .headers
            case .headers:
                guard let headers = try readHeaders() else { return nil }
                state = .content
                return .part(headers)
            case .content:
                if let content = readContent() { return .content(content) }
                guard state == .boundary else { return nil }
            case .epilogue: return nil
            }
        }
    }

    /// Call it at the end of the body. Throws `Refusal.invalid` if the last boundary did not come.
    func finish() throws(Refusal) {
        guard state == .epilogue else {
            throw .invalid("the upload is cut short: the form's last boundary is missing")
        }
    }

    private mutating func skipPreamble() throws(Refusal) -> Bool {
        let found = indexOfDelimiter()
        let skipped = found ?? max(0, buffer.readableBytes - delimiter.count + 1)
        preambleBytes += skipped
        buffer.moveReaderIndex(forwardBy: skipped)
        guard preambleBytes <= Self.headerLimit else { throw Self.noBoundary }
        guard found != nil else { return false }
        beginBoundary()
        return true
    }

    private mutating func beginBoundary() {
        buffer.moveReaderIndex(forwardBy: delimiter.count)
        state = .boundary
    }

    /// Reads up to the end of the boundary's line. True for the last boundary, nil until enough has come.
    private mutating func readRestOfBoundary() throws(Refusal) -> Bool? {
        guard buffer.readableBytes >= 2 else { return nil }
        if buffer.readableBytesView.starts(with: "--".utf8) { return true }
        let spaces = buffer.readableBytesView.prefix { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }.count
        guard spaces <= 1024 else { throw Self.noBoundary }
        guard buffer.readableBytes >= spaces + 2 else { return nil }
        guard buffer.readableBytesView.dropFirst(spaces).starts(with: "\r\n".utf8) else { throw Self.noBoundary }
        buffer.moveReaderIndex(forwardBy: spaces + 2)
        parts += 1
        guard parts <= Self.partLimit else {
            throw .invalid("the form has more than \(Self.partLimit) parts: send the archive alone, as file")
        }
        return false
    }

    private mutating func readHeaders() throws(Refusal) -> MultipartHeaders? {
        guard buffer.readableBytes >= 2 else { return nil }
        var end: Int?
        if buffer.readableBytesView.starts(with: "\r\n".utf8) {
            end = 0
        } else {
            end = index(of: Array("\r\n\r\n".utf8)).map { $0 + 2 }
        }
        guard (end ?? buffer.readableBytes) <= Self.headerLimit else {
            throw .invalid("the headers of a part of the form are larger than \(Self.headerLimit) bytes")
        }
        guard let end else { return nil }
        let block = String(decoding: buffer.readableBytesView.prefix(end), as: UTF8.self)
        buffer.moveReaderIndex(forwardBy: end + 2)
        return try MultipartHeaders(block)
    }

    /// Content up to the next boundary, or as much as cannot be the beginning of one. Nil if there is none; the state
    /// says whether the boundary has come.
    private mutating func readContent() -> ByteBuffer? {
        let found = indexOfDelimiter()
        let count = found ?? max(0, buffer.readableBytes - delimiter.count + 1)
        if count > 0 { return buffer.readSlice(length: count) }
        if found != nil { beginBoundary() }
        return nil
    }

    private func indexOfDelimiter() -> Int? { index(of: delimiter) }

    private func index(of pattern: [UInt8]) -> Int? {
        buffer.withUnsafeReadableBytes { bytes in
            var offset = 0
            while bytes.count - offset >= pattern.count {
                let start = bytes.baseAddress! + offset
                guard let hit = memchr(start, Int32(pattern[0]), bytes.count - offset - pattern.count + 1) else {
                    return nil
                }
                offset += UnsafeRawPointer(hit) - start
                if bytes[offset + 1] == pattern[1], memcmp(hit, pattern, pattern.count) == 0 { return offset }
                offset += 1
            }
            return nil
        }
    }

    private static let noBoundary = Refusal.invalid(
        "the body is no multipart form with the boundary that Content-Type names")
}
