import CasterCore
import HTTPTypes
import Hummingbird
import NIOCore
import Testing

@testable import CasterHTTP

struct MultipartParserTests {
    /// What a body comes to: its parts, and the refusal that ends it.
    private struct Outcome: Equatable {
        var names: [String?] = []
        var contents: [[UInt8]] = []
        var sentence: String?
    }

    private static func boundary(_ text: String = "b-1") throws -> MultipartBoundary {
        try MultipartBoundary(of: Request(contentType: "multipart/form-data; boundary=\"\(text)\""))
    }

    private static func outcome(of chunks: [ArraySlice<UInt8>], boundary: String = "b-1") throws -> Outcome {
        var parser = MultipartParser(boundary: try Self.boundary(boundary))
        var outcome = Outcome()
        do {
            for chunk in chunks {
                parser.append(ByteBuffer(bytes: chunk))
                while let event = try parser.next() {
                    switch event {
                    case .part(let headers):
                        outcome.names.append(headers.name)
                        outcome.contents.append([])
                    case .content(let bytes):
                        #expect(bytes.readableBytes > 0)
                        outcome.contents[outcome.contents.count - 1] += Array(bytes.readableBytesView)
                    case .end: break
                    }
                }
            }
            try parser.finish()
        } catch {
            outcome.sentence = error.sentence
        }
        return outcome
    }

    private static func outcome(of body: String, boundary: String = "b-1") throws -> Outcome {
        try outcome(of: [Array(body.utf8)[...]], boundary: boundary)
    }

    private static let disposition = "Content-Disposition: form-data; name=\"file\"; filename=\"a.zip\"\r\n"

    private static let bodies: [String] = [
        "--b-1\r\n\(disposition)\r\nhello\r\n--b-1--\r\n",
        "--b-1\r\n\(disposition)\r\nhello\r\n--b-1--",
        "\r\n--b-1\r\n\(disposition)\r\n\r\n--b-1--\r\nepilogue\r\n--b-1\r\n",
        "preamble\r\n--b-1 \t \r\n\(disposition)Content-Type: application/zip\r\n\r\nx\r\n--b-1\r\n\r\nno headers\r\n--b-1--",
        // What looks like a boundary and is none.
        "--b-1\r\n\(disposition)\r\n\r\n--b-\r\n\r\r\n--b\r\n--\r\n-b-1--b-1\n--b-1\r\n --b-1\r\r\n--b-1--",
        "--b-1\r\ncontent-disposition:form-data;name=file\r\n\r\n\r\n\r\n\r\n--b-1\r\nX: y\r\n z\r\n\r\nsecond\r\n--b-1--",
        // Damaged.
        "", "\r\n", "--b-1", "--b-1-", "--b-1--", "--b-1\r\n", "hello", "--b-2\r\nx\r\n--b-2--",
        "--b-1\r\n\(disposition)\r\nhello", "--b-1\r\n\(disposition)\r\nhello\r\n--b-1",
        "--b-1\r\n\(disposition)\r\nhello\r\n--b-1-",
        "--b-1x\r\n\(disposition)\r\nhello\r\n--b-1--", "--b-1\r\nno colon\r\n\r\nhello\r\n--b-1--",
        "--b-1\r\n\(disposition)Content-Transfer-Encoding: base64\r\n\r\naGVsbG8=\r\n--b-1--",
        "--b-1\r\n\(disposition)hello\r\n--b-1--",
    ]

    /// The outcome does not depend on where the body is cut into chunks: in two at every place, in single bytes, and in
    /// pieces of 2 to 9.
    @Test(arguments: bodies.indices)
    func isIndependentOfChunks(_ index: Int) throws {
        let body = Array(Self.bodies[index].utf8)
        let whole = try Self.outcome(of: [body[...]])
        for cut in 0...body.count {
            #expect(try Self.outcome(of: [body[..<cut], body[cut...]]) == whole, "\(cut)")
        }
        for size in 1...9 {
            let chunks = stride(from: 0, to: body.count, by: size).map { body[$0..<min($0 + size, body.count)] }
            #expect(try Self.outcome(of: chunks) == whole, "\(size)")
        }
    }

    @Test func readsParts() throws {
        func contents(_ index: Int) throws -> [String] {
            let outcome = try Self.outcome(of: Self.bodies[index])
            #expect(outcome.sentence == nil)
            return outcome.contents.map { String(decoding: $0, as: UTF8.self) }
        }
        #expect(try contents(0) == ["hello"])
        #expect(try contents(1) == ["hello"])
        #expect(try contents(2) == [""])
        #expect(try contents(3) == ["x", "no headers"])
        #expect(try contents(4) == ["\r\n--b-\r\n\r\r\n--b\r\n--\r\n-b-1--b-1\n--b-1\r\n --b-1\r"])
        #expect(try contents(5) == ["\r\n\r\n", "second"])
        #expect(try Self.outcome(of: Self.bodies[3]).names == ["file", nil])
        #expect(try Self.outcome(of: Self.bodies[5]).names == ["file", nil])
    }

    @Test func refuses() throws {
        let cut = "the upload is cut short: the form's last boundary is missing"
        let noBoundary = "the body is no multipart form with the boundary that Content-Type names"
        let expected: [(String, String)] = [
            ("", cut), ("hello", cut), ("--b-1\r\n", cut), ("--b-1\r\n\(Self.disposition)\r\nhello\r\n--b-1-", cut),
            ("--b-1x\r\n", noBoundary), (String(repeating: "x", count: 20_000), noBoundary),
            ("--b-1" + String(repeating: " ", count: 2_000), noBoundary),
            ("--b-1\r\nno colon\r\n\r\n", "the form is damaged: \"no colon\" is no header of a part"),
            (
                "--b-1\r\nContent-Transfer-Encoding: BASE64\r\n\r\n",
                "a part of the form is encoded as \"base64\": send the bytes as they are"
            ),
            (
                "--b-1\r\nX: " + String(repeating: "y", count: 20_000),
                "the headers of a part of the form are larger than 16384 bytes"
            ),
            (
                String(repeating: "--b-1\r\n\r\n\r\n", count: 101),
                "the form has more than 100 parts: send the archive alone, as file"
            ),
        ]
        for (body, sentence) in expected {
            #expect(try Self.outcome(of: body).sentence == sentence)
        }
        #expect(try Self.outcome(of: String(repeating: "--b-1\r\n\r\n\r\n", count: 100) + "--b-1--").sentence == nil)
    }

    /// Every content comes back as it was, with contents made of pieces of the boundary.
    @Test func readsWhatWasWritten() throws {
        let pieces = ["\r", "\n", "\r\n", "-", "--", "b-", "b-1", "\r\n--b-", "x", "\0", "é"]
        var state: UInt64 = 5
        func random(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        for _ in 0..<1_000 {
            let contents = (0..<1 + random(3)).map { _ in
                var text = (0..<random(12)).map { _ in pieces[random(pieces.count)] }.joined()
                // Unicode's rules aside: by bytes.
                while Array(("\r\n" + text).utf8).containsSequence(Array("\r\n--b-1".utf8)) {
                    text.unicodeScalars.removeLast()
                }
                return text
            }
            let body = contents.map { "--b-1\r\n\(Self.disposition)\r\n\($0)\r\n" }.joined() + "--b-1--\r\n"
            let bytes = Array(body.utf8)
            var chunks: [ArraySlice<UInt8>] = []
            var start = 0
            while start < bytes.count {
                let end = min(bytes.count, start + 1 + random(20))
                chunks.append(bytes[start..<end])
                start = end
            }
            let outcome = try Self.outcome(of: chunks)
            #expect(outcome.sentence == nil)
            #expect(outcome.contents == contents.map { Array($0.utf8) }, "\(body.debugDescription)")
        }
    }

    @Test(arguments: [
        "multipart/form-data; boundary=b", "Multipart/Form-Data;boundary=\"b\"",
        "multipart/form-data ; charset=utf-8; Boundary = b",
    ])
    func findsTheBoundary(_ contentType: String) throws {
        guard !contentType.contains(" = ") else {
            #expect(throws: RequestProblem.self) { try MultipartBoundary(of: Request(contentType: contentType)) }
            return
        }
        #expect(try MultipartBoundary(of: Request(contentType: contentType)).text == "b")
    }

    @Test(arguments: [
        nil, "application/zip", "multipart/mixed; boundary=b", "multipart/form-data; boundary=\"b", "", ";",
    ])
    func refusesOtherMediaTypes(_ contentType: String?) {
        #expect { try MultipartBoundary(of: Request(contentType: contentType)) } throws: {
            ($0 as? RequestProblem)?.status == .unsupportedMediaType
        }
    }

    @Test func refusesBadBoundaries() {
        #expect(
            throws: Refusal.invalid("Content-Type has no boundary: let the client write the header, as curl -F does")
        ) { try MultipartBoundary(of: Request(contentType: "multipart/form-data")) }
        for boundary in ["", "a ", "a\"b", "é", String(repeating: "x", count: 71)] {
            let quoted = boundary.replacing("\"", with: "\\\"")
            #expect(throws: Refusal.self, "\(boundary)") {
                try MultipartBoundary(of: Request(contentType: "multipart/form-data; boundary=\"\(quoted)\""))
            }
        }
    }

    @Test func readsNames() throws {
        let names: [(String, String?)] = [
            ("form-data; name=\"file\"; filename=\"a;b\\\"c.zip\"", "file"), ("form-data;name=file", "file"),
            ("FORM-DATA; NAME=\"file\"", "file"), ("form-data; name=\"fi\\le\"", "file"),
            ("form-data; name=\"File\"", "File"),
            ("form-data; filename=\"file\"", nil), ("attachment; name=\"file\"", nil),
            ("form-data; name=file; name=other", nil),
            ("form-data; name=\"file\"\u{301}", nil), ("form-data; name=\"\u{301}file\"", "\u{301}file"),
            ("form-data; name=", nil),
            ("form-data; name*=utf-8''file", nil), ("form-data; name=\"file\";", "file"),
        ]
        for (value, name) in names {
            #expect(try MultipartHeaders("Content-Disposition: \(value)\r\n").name == name, "\(value)")
        }
    }
}

extension Request {
    /// A POST with this `Content-Type`, if any, and this body.
    init(contentType: String?, body: RequestBody = RequestBody(buffer: ByteBuffer()), contentLength: Int? = nil) {
        var head = HTTPRequest(method: .post, scheme: "http", authority: "localhost", path: "/")
        head.headerFields[.contentType] = contentType
        head.headerFields[.contentLength] = contentLength.map(String.init)
        self.init(head: head, body: body)
    }
}

extension [UInt8] {
    fileprivate func containsSequence(_ other: [UInt8]) -> Bool {
        count >= other.count && (0...count - other.count).contains { self[$0...].starts(with: other) }
    }
}
