/// A JSON value whose objects keep the order of their members, which a reader of the document and of its examples sees.
enum OrderedJSON: Sendable, Hashable {
    case object([Member])
    case array([OrderedJSON])
    case string(String)
    /// As it is written.
    case number(String)
    case bool(Bool)
    case null

    struct Member: Sendable, Hashable {
        let name: String
        let value: OrderedJSON
    }

    /// The member of an object; nil if this is no object or has none of that name.
    subscript(name: String) -> OrderedJSON? { members.first { $0.name == name }?.value }

    /// Empty if this is no object.
    var members: [Member] { if case .object(let members) = self { members } else { [] } }

    /// Empty if this is no array.
    var items: [OrderedJSON] { if case .array(let items) = self { items } else { [] } }

    /// Nil if this is no string.
    var text: String? { if case .string(let text) = self { text } else { nil } }

    /// Changes every string in it, names of members aside.
    func mapStrings(_ change: (String) -> String) -> OrderedJSON {
        switch self {
        case .object(let members):
            .object(members.map { Member(name: $0.name, value: $0.value.mapStrings(change)) })
        case .array(let items): .array(items.map { $0.mapStrings(change) })
        case .string(let text): .string(change(text))
        case .number, .bool, .null: self
        }
    }
}

extension OrderedJSON: CustomStringConvertible {
    /// Indented by two. Objects and arrays of which nothing is nested take one line if they are short.
    var description: String { written(indentation: "") }

    private func written(indentation: String) -> String {
        switch self {
        case .object(let members):
            Self.group(
                members.map { (Self.quoted($0.name) + ": ", $0.value) }, open: "{", close: "}", indentation)
        case .array(let items): Self.group(items.map { ("", $0) }, open: "[", close: "]", indentation)
        case .string(let text): Self.quoted(text)
        case .number(let digits): digits
        case .bool(let value): value ? "true" : "false"
        case .null: "null"
        }
    }

    private static func group(
        _ parts: [(prefix: String, value: OrderedJSON)], open: String, close: String, _ indentation: String
    ) -> String {
        let line = open + parts.map { $0.prefix + $0.value.written(indentation: "") }.joined(separator: ", ") + close
        if line.count <= 60, parts.allSatisfy(\.value.isSimple) { return line }
        let inner = indentation + "  "
        let lines = parts.map { inner + $0.prefix + $0.value.written(indentation: inner) }
        return "\(open)\n\(lines.joined(separator: ",\n"))\n\(indentation)\(close)"
    }

    private var isSimple: Bool {
        switch self {
        case .object(let members): members.isEmpty
        case .array(let items): items.isEmpty
        case .string, .number, .bool, .null: true
        }
    }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case "\0"..<" ":
                let hex = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
