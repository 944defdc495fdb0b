import CasterCore
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import NIOFileSystem

extension Request {
    /// Streams the form's one part named `file` to a new file (mode 0600) in `folder`, calls `body` with its path, and
    /// removes it. At most a quarter of a megabyte is held in memory, and no byte is read beyond a limit. Until all has
    /// arrived the file has no name, where the file system can do that, so that a crash leaves nothing behind.
    ///
    /// - Parameters:
    ///   - limit: bytes of the file; the whole body may have 64 KB more.
    ///   - logger: told if the file could not be removed.
    ///
    /// Throws `RequestProblem` (415) for a body that is no form; `Refusal.invalid` for a form that is damaged, cut
    /// short, or has no such part; `Refusal.tooLarge` beyond the limit; and what `body` throws.
    func withUploadedFile<Result>(
        in folder: String, limit: Int, logger: Logger, _ body: (_ path: String) async throws -> Result
    ) async throws -> Result {
        try await withForm(in: folder, limit: limit, fieldBytes: MultipartUpload.wrapping, logger: logger) { form in
            guard let file = form.file else {
                throw Refusal.invalid(
                    "the form has no part named file: send the archive as curl -F file=@site.zip does")
            }
            return try await body(file)
        }
    }

    /// The same for a form with other fields too, and perhaps without a file: an empty one counts as none where there
    /// are other fields, since that is what a browser sends for a file that was not chosen.
    ///
    /// - Parameter fieldBytes: bytes of all other fields and of what is around them.
    func withForm<Result>(
        in folder: String, limit: Int, fieldBytes: Int, logger: Logger,
        _ body: (_ form: ReceivedForm) async throws -> Result
    ) async throws -> Result {
        let boundary = try MultipartBoundary(of: self)
        let upload = MultipartUpload(limit: limit, fieldBytes: fieldBytes)
        if let length = headers[.contentLength].flatMap(Int.init) { try upload.check(bodyBytes: length) }
        let path = "\(folder)/upload-\(Secret.randomHex(bytes: 16))"
        let received = try await FileSystem.shared.withFileHandle(
            forWritingAt: FilePath(path),
            options: .newFile(replaceExisting: false, permissions: [.ownerReadWrite])
        ) { file in
            try await upload.receive(self.body, boundary: boundary, to: file)
        }
        do {
            let hasFile = received.files == 1 && (received.fileBytes > 0 || received.fields.isEmpty)
            let result = try await body(ReceivedForm(fields: received.fields, file: hasFile ? path : nil))
            await Self.remove(path, logger: logger)
            return result
        } catch {
            await Self.remove(path, logger: logger)
            throw error
        }
    }

    private static func remove(_ path: String, logger: Logger) async {
        // A task of its own: it must happen although the request was cancelled.
        await Task {
            do {
                try await FileSystem.shared.removeItem(at: FilePath(path), strategy: .sequential, recursively: false)
            } catch {
                logger.error(
                    "an uploaded file could not be removed: remove it by hand",
                    metadata: ["path": "\(path)", "error": "\(error)"])
            }
        }.value
    }
}

/// A form that has been received.
struct ReceivedForm {
    /// Other fields than `file`, by name; of several with the same name, the last.
    let fields: [String: String]
    /// Where the file is; nil if there was none.
    let file: String?
}

/// The way of one form into a file.
struct MultipartUpload {
    /// Bytes of the file.
    let limit: Int
    /// Bytes that boundaries, headers and other fields may take.
    var fieldBytes = MultipartUpload.wrapping

    /// Enough for the fields that curl sends along.
    static let wrapping = 64 << 10

    /// What a form had.
    struct Received {
        var fields: [String: String] = [:]
        var files = 0
        var fileBytes = 0
    }

    /// Throws `Refusal.tooLarge` for a body of so many bytes.
    func check(bodyBytes: Int) throws(Refusal) {
        guard bodyBytes - fieldBytes <= limit else { throw tooLarge }
    }

    func receive(_ body: RequestBody, boundary: MultipartBoundary, to file: WriteFileHandle) async throws -> Received {
        var parser = MultipartParser(boundary: boundary)
        var writer = file.bufferedWriter(capacity: .kibibytes(256))
        var received = Received()
        var (bodyBytes, otherBytes) = (0, 0)
        var (isInFile, name) = (false, String?.none)
        var fields: [String: [UInt8]] = [:]
        for try await chunk in body {
            bodyBytes += chunk.readableBytes
            try check(bodyBytes: bodyBytes)
            parser.append(chunk)
            while let event = try parser.next() {
                switch event {
                case .part(let headers):
                    name = headers.name
                    isInFile = name == "file"
                    received.files += isInFile ? 1 : 0
                    if let name, !isInFile { fields[name] = [] }
                    guard received.files <= 1 else {
                        throw Refusal.invalid("the form has more than one part named file")
                    }
                case .content(let bytes) where isInFile:
                    received.fileBytes += bytes.readableBytes
                    guard received.fileBytes <= limit else { throw tooLarge }
                    try await writer.write(contentsOf: bytes)
                case .content(let bytes):
                    otherBytes += bytes.readableBytes
                    guard otherBytes <= fieldBytes else { throw fieldsTooLarge }
                    if let name { fields[name, default: []] += Array(bytes.readableBytesView) }
                case .end: break
                }
            }
        }
        try parser.finish()
        try await writer.flush()
        received.fields = fields.mapValues { String(decoding: $0, as: UTF8.self) }
        return received
    }

    private var fieldsTooLarge: Refusal {
        .tooLarge("the fields of the form are larger than \(fieldBytes) bytes")
    }

    private var tooLarge: Refusal {
        .tooLarge("the upload is larger than \(limit) bytes (CASTER_ARCHIVE_BYTES)")
    }
}
