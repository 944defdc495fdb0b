import CasterCore
import HTTPTypes
import Hummingbird

/// What separates the parts of a form: 1 to 70 of certain characters (RFC 2046 §5.1.1).
struct MultipartBoundary {
    let text: String

    /// Reads `Content-Type`.
    ///
    /// Throws `RequestProblem` (415) for any type but `multipart/form-data`; `Refusal.invalid` without a proper boundary.
    init(of request: Request) throws {
        let type = request.headers[.contentType].flatMap { MultipartParameters($0) }
        guard let type, type.value == "multipart/form-data" else {
            throw RequestProblem.mediaType(request, mediaType: "multipart/form-data")
        }
        guard let boundary = type["boundary"] else {
            throw Refusal.invalid("Content-Type has no boundary: let the client write the header, as curl -F does")
        }
        guard (1...70).contains(boundary.utf8.count), boundary.last != " ",
            boundary.utf8.allSatisfy(Self.isAllowed)
        else { throw Refusal.invalid("the boundary in Content-Type has characters that it must not have, or too many") }
        text = boundary
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"):
            true
        default: "'()+_,-./:=? ".utf8.contains(byte)
        }
    }
}
