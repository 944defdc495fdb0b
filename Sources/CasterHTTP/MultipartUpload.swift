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
        let boundary = try MultipartBoundary(of: self)
        let upload = MultipartUpload(limit: limit)
        if let length = headers[.contentLength].flatMap(Int.init) { try upload.check(bodyBytes: length) }
        let path = "\(folder)/upload-\(Secret.randomHex(bytes: 16))"
        try await FileSystem.shared.withFileHandle(
            forWritingAt: FilePath(path),
            options: .newFile(replaceExisting: false, permissions: [.ownerReadWrite])
        ) { file in
            try await upload.receive(self.body, boundary: boundary, to: file)
        }
        do {
            let result = try await body(path)
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

/// The way of one form into a file.
struct MultipartUpload {
    /// Bytes of the file.
    let limit: Int

    /// Bytes that boundaries, headers and other fields may take.
    private static let wrapping = 64 << 10

    /// Throws `Refusal.tooLarge` for a body of so many bytes.
    func check(bodyBytes: Int) throws(Refusal) {
        guard bodyBytes - Self.wrapping <= limit else { throw tooLarge }
    }

    func receive(_ body: RequestBody, boundary: MultipartBoundary, to file: WriteFileHandle) async throws {
        var parser = MultipartParser(boundary: boundary)
        var writer = file.bufferedWriter(capacity: .kibibytes(256))
        var (bodyBytes, fileBytes) = (0, 0)
        var (isInFile, files) = (false, 0)
        for try await chunk in body {
            bodyBytes += chunk.readableBytes
            try check(bodyBytes: bodyBytes)
            parser.append(chunk)
            while let event = try parser.next() {
                switch event {
                case .part(let headers):
                    isInFile = headers.name == "file"
                    files += isInFile ? 1 : 0
                    guard files <= 1 else { throw Refusal.invalid("the form has more than one part named file") }
                case .content(let bytes) where isInFile:
                    fileBytes += bytes.readableBytes
                    guard fileBytes <= limit else { throw tooLarge }
                    try await writer.write(contentsOf: bytes)
                case .content, .end: break
                }
            }
        }
        try parser.finish()
        guard files == 1 else {
            throw Refusal.invalid("the form has no part named file: send the archive as curl -F file=@site.zip does")
        }
        try await writer.flush()
    }

    private var tooLarge: Refusal {
        .tooLarge("the upload is larger than \(limit) bytes (CASTER_ARCHIVE_BYTES)")
    }
}
