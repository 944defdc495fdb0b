import CasterCore
import Foundation
import Hummingbird
import NIOCore

extension Request {
    /// Decodes a JSON body of at most `limit` bytes.
    ///
    /// - Parameter setting: what sets the limit.
    ///
    /// Throws `Refusal.tooLarge` beyond the limit, `Refusal.invalid` with the field that is wrong, `RequestProblem` for
    /// another media type.
    func json<Body: Decodable>(
        _ type: Body.Type, limit: Int, setting: String = "CASTER_REQUEST_BYTES"
    ) async throws -> Body {
        let bytes = try await jsonBytes(limit: limit, setting: setting)
        do {
            return try JSONDecoder().decode(type, from: Data(bytes))
        } catch let error as DecodingError {
            throw Refusal.invalid(Self.sentence(for: error))
        }
    }

    /// The bytes of a JSON body, of at most `limit`. Throws as `json` does.
    func jsonBytes(limit: Int, setting: String) async throws -> [UInt8] {
        guard claimsJSON else { throw RequestProblem.mediaType(self, mediaType: "application/json") }
        return try await Array(collected(limit: limit, setting: setting).readableBytesView)
    }

    /// The whole body, of at most `limit` bytes. Throws `Refusal.tooLarge` beyond, without reading on.
    func collected(limit: Int, setting: String) async throws -> ByteBuffer {
        if let length = headers[.contentLength].flatMap(Int.init), length > limit {
            throw Self.tooLarge(limit, setting)
        }
        do {
            return try await body.collect(upTo: limit)
        } catch is NIOTooManyBytesError {
            throw Self.tooLarge(limit, setting)
        }
    }

    /// Whether the body may be JSON by its `Content-Type`. A form is let pass because `curl -d` calls every body one.
    private var claimsJSON: Bool {
        guard let header = headers[.contentType] else { return true }
        let type = header.prefix { $0 != ";" }.lowercased().filter { !$0.isWhitespace }
        return type == "application/json" || type == "application/x-www-form-urlencoded"
            || (type.hasPrefix("application/") && type.hasSuffix("+json"))
    }

    private static func tooLarge(_ limit: Int, _ setting: String) -> Refusal {
        .tooLarge("the request body is larger than \(limit) bytes (\(setting))")
    }

    private static func sentence(for error: DecodingError) -> String {
        func name(_ path: [any CodingKey]) -> String {
            path.reduce("") { text, key in
                key.intValue.map { "\(text)[\($0)]" } ?? (text.isEmpty ? key.stringValue : "\(text).\(key.stringValue)")
            }
        }
        switch error {
        case .keyNotFound(let key, let context): return "\(name(context.codingPath + [key])) is missing"
        case .valueNotFound(_, let context) where !context.codingPath.isEmpty:
            return "\(name(context.codingPath)) must not be null"
        case .typeMismatch(let type, let context) where !context.codingPath.isEmpty:
            let expected = type == String.self ? "text" : type == [Any].self ? "a list" : "of another type"
            return "\(name(context.codingPath)) must be \(expected)"
        case .typeMismatch, .valueNotFound: return "the body must be a JSON object"
        default: return "the body is not valid JSON"
        }
    }
}
