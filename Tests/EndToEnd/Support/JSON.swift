import Foundation

/// A JSON value, to look into.
enum JSON: Decodable, Equatable, Sendable {
    case null
    case bool(Bool)
    case number(Double)
    case string(String)
    case array([JSON])
    case object([String: JSON])

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode(String.self) {
            self = .string(value)
        } else if let value = try? container.decode([JSON].self) {
            self = .array(value)
        } else {
            self = .object(try container.decode([String: JSON].self))
        }
    }

    /// A field; nil if there is none, `.null` if it is null.
    subscript(_ name: String) -> JSON? {
        guard case .object(let fields) = self else { return nil }
        return fields[name]
    }

    var string: String? {
        guard case .string(let value) = self else { return nil }
        return value
    }

    var number: Int? {
        guard case .number(let value) = self else { return nil }
        return Int(exactly: value)
    }

    var array: [JSON]? {
        guard case .array(let values) = self else { return nil }
        return values
    }

    /// The names of an object's fields.
    var names: Set<String> {
        guard case .object(let fields) = self else { return [] }
        return Set(fields.keys)
    }
}
