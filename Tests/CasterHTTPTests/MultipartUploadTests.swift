import CasterCore
import Foundation
import Hummingbird
import Logging
import NIOCore
import Testing

@testable import CasterHTTP

struct MultipartUploadTests {
    private struct Stop: Error {}

    private static let head = "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\n"
    private static let other = "--b\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\nhello\r\n"

    private func request(_ parts: [String], contentLength: Int? = nil) -> Request {
        let body = AsyncStream { continuation in
            for part in parts { continuation.yield(ByteBuffer(string: part)) }
            continuation.finish()
        }
        return Request(
            contentType: "multipart/form-data; boundary=b", body: RequestBody(asyncSequence: body),
            contentLength: contentLength)
    }

    /// The content of the uploaded file; the folder must be empty afterwards.
    private func upload(_ request: Request, limit: Int = 1 << 20) async throws -> String {
        try await withFolder { folder in
            let result: Result<String, any Error>
            do {
                let content = try await request.withUploadedFile(
                    in: folder, limit: limit, logger: Logger(label: "test")
                ) {
                    let attributes = try FileManager.default.attributesOfItem(atPath: $0)
                    #expect(attributes[.posixPermissions] as? Int == 0o600)
                    return try String(contentsOfFile: $0, encoding: .utf8)
                }
                result = .success(content)
            } catch {
                result = .failure(error)
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
            return try result.get()
        }
    }

    private func withFolder<Result>(_ body: (String) async throws -> Result) async throws -> Result {
        let folder = NSTemporaryDirectory() + "caster-upload-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        return try await body(folder)
    }

    @Test func writesTheFile() async throws {
        #expect(try await upload(request([Self.head, "content", "\r\n--b--\r\n"])) == "content")
        #expect(
            try await upload(request([Self.other, Self.head, "content", "\r\n", Self.other, "--b--\r\n"])) == "content")
        #expect(try await upload(request([Self.head, "\r\n--b--"])) == "")
        let large = String(repeating: "0123456789abcdef", count: 60_000)
        #expect(try await upload(request([Self.head + large, "\r\n--b--"])) == large)
    }

    @Test func holdsTheLimitToTheByte() async throws {
        let content = String(repeating: "x", count: 100)
        #expect(try await upload(request([Self.head, content, "\r\n--b--"]), limit: 100) == content)
        await #expect(throws: Refusal.tooLarge("the upload is larger than 99 bytes (CASTER_ARCHIVE_BYTES)")) {
            try await upload(request([Self.head, content, "\r\n--b--"]), limit: 99)
        }
    }

    @Test func readsNoFurtherThanTheLimit() async throws {
        // A body without an end: whoever reads on never comes back.
        let reads = Counter()
        let endless = AsyncStream<ByteBuffer> {
            await reads.count() == 1 ? ByteBuffer(string: Self.head) : ByteBuffer(repeating: 0x78, count: 1000)
        }
        let request = Request(
            contentType: "multipart/form-data; boundary=b", body: RequestBody(asyncSequence: endless))
        await #expect(throws: Refusal.tooLarge("the upload is larger than 10000 bytes (CASTER_ARCHIVE_BYTES)")) {
            try await upload(request, limit: 10_000)
        }
        #expect(await reads.value < 20)
    }

    @Test func countsWhatIsNotTheFileToo() async throws {
        let padding = String(repeating: "x", count: 70_000)
        await #expect(throws: Refusal.tooLarge("the upload is larger than 1000 bytes (CASTER_ARCHIVE_BYTES)")) {
            try await upload(request([Self.head, "content", "\r\n--b--\r\n", padding]), limit: 1000)
        }
    }

    @Test func believesALengthThatIsTooLarge() async throws {
        let unread = AsyncStream<ByteBuffer> {
            Issue.record("the body was read")
            return nil
        }
        let request = Request(
            contentType: "multipart/form-data; boundary=b", body: RequestBody(asyncSequence: unread),
            contentLength: 2_000_000)
        await #expect(throws: Refusal.tooLarge("the upload is larger than 1000000 bytes (CASTER_ARCHIVE_BYTES)")) {
            try await upload(request, limit: 1_000_000)
        }
    }

    @Test func refusesFormsWithoutOneFile() async throws {
        await #expect(
            throws: Refusal.invalid("the form has no part named file: send the archive as curl -F file=@site.zip does")
        ) { try await upload(request([Self.other, "--b--"])) }
        await #expect(throws: Refusal.invalid("the form has more than one part named file")) {
            try await upload(request([Self.head, "1\r\n", Self.head, "2\r\n--b--"]))
        }
        await #expect(throws: Refusal.invalid("the upload is cut short: the form's last boundary is missing")) {
            try await upload(request([Self.head, "content"]))
        }
        await #expect(throws: RequestProblem.self) { try await upload(Request(contentType: "application/zip")) }
    }

    @Test func removesTheFileWhateverHappens() async throws {
        try await withFolder { folder in
            await #expect(throws: Stop.self) {
                try await request([Self.head, "content\r\n--b--"]).withUploadedFile(
                    in: folder, limit: 1000, logger: Logger(label: "test")
                ) { _ in throw Stop() }
            }
            let task = Task {
                try await request([Self.head, "content\r\n--b--"]).withUploadedFile(
                    in: folder, limit: 1000, logger: Logger(label: "test")
                ) { _ in try await Task.sleep(for: .seconds(60)) }
            }
            try await waitUntil { try FileManager.default.contentsOfDirectory(atPath: folder).count == 1 }
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
        }
    }

    private func waitUntil(_ condition: () throws -> Bool) async throws {
        for _ in 0..<2_000 {
            if try condition() { return }
            try await Task.sleep(for: .milliseconds(5))
        }
        Issue.record("it did not happen within 10 seconds")
    }
}

private actor Counter {
    private(set) var value = 0

    func count() -> Int {
        value += 1
        return value
    }
}
