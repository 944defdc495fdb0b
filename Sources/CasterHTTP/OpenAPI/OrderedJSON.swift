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
    var description: String {
        var text: [UInt8] = []
        write(to: &text, indentation: 0)
        return String(decoding: text, as: UTF8.self)
    }

    private func write(to text: inout [UInt8], indentation: Int) {
        let start = text.count
        if members.allSatisfy(\.value.isSimple), items.allSatisfy(\.isSimple) {
            writeParts(to: &text, opening: "", separator: ", ", closing: "") { $0.write(to: &$1) }
            if text.count - start <= 60 { return }
            text.removeLast(text.count - start)
        }
        let line = "\n" + String(repeating: " ", count: indentation)
        writeParts(to: &text, opening: "\(line)  ", separator: ",\(line)  ", closing: line) {
            $0.write(to: &$1, indentation: indentation + 2)
        }
    }

    /// Itself, if it is neither object nor array.
    private func writeParts(
        to text: inout [UInt8], opening: String, separator: String, closing: String,
        _ writeValue: (OrderedJSON, inout [UInt8]) -> Void
    ) {
        switch self {
        case .object(let members):
            text += "{".utf8
            for (index, member) in members.enumerated() {
                text += (index == 0 ? opening : separator).utf8
                Self.write(member.name, to: &text)
                text += ": ".utf8
                writeValue(member.value, &text)
            }
            text += "\(closing)}".utf8
        case .array(let items):
            text += "[".utf8
            for (index, item) in items.enumerated() {
                text += (index == 0 ? opening : separator).utf8
                writeValue(item, &text)
            }
            text += "\(closing)]".utf8
        case .string, .number, .bool, .null: write(to: &text)
        }
    }

    private var isSimple: Bool {
        switch self {
        case .object(let members): members.isEmpty
        case .array(let items): items.isEmpty
        case .string, .number, .bool, .null: true
        }
    }
}
