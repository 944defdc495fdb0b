extension OrderedJSON {
    /// On one line, without a space that is not in a string.
    var compact: String {
        var text: [UInt8] = []
        write(to: &text)
        return String(decoding: text, as: UTF8.self)
    }

    /// `compact` in UTF-8.
    func write(to text: inout [UInt8]) {
        switch self {
        case .object(let members):
            var separator = UInt8(ascii: "{")
            for member in members {
                text.append(separator)
                Self.write(member.name, to: &text)
                text.append(UInt8(ascii: ":"))
                member.value.write(to: &text)
                separator = UInt8(ascii: ",")
            }
            if members.isEmpty { text.append(UInt8(ascii: "{")) }
            text.append(UInt8(ascii: "}"))
        case .array(let items):
            var separator = UInt8(ascii: "[")
            for item in items {
                text.append(separator)
                item.write(to: &text)
                separator = UInt8(ascii: ",")
            }
            if items.isEmpty { text.append(UInt8(ascii: "[")) }
            text.append(UInt8(ascii: "]"))
        case .string(let string): Self.write(string, to: &text)
        case .number(let digits): text += digits.utf8
        case .bool(let value): text += (value ? "true" : "false").utf8
        case .null: text += "null".utf8
        }
    }

    static func write(_ string: String, to text: inout [UInt8]) {
        text.append(UInt8(ascii: "\""))
        for byte in string.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): text += [UInt8(ascii: "\\"), byte]
            case 0x0a: text += #"\n"#.utf8
            case 0x0d: text += #"\r"#.utf8
            case 0x09: text += #"\t"#.utf8
            case 0..<0x20: text += "\(byte < 0x10 ? #"\u000"# : #"\u00"#)\(String(byte, radix: 16))".utf8
            default: text.append(byte)
            }
        }
        text.append(UInt8(ascii: "\""))
    }

    static func int(_ number: some BinaryInteger) -> OrderedJSON { .number(String(number)) }

    /// `null` for nil.
    static func string(orNull text: String?) -> OrderedJSON { text.map { .string($0) } ?? .null }

    var isObject: Bool { if case .object = self { true } else { false } }

    /// The object with one more member, or with another value for one; itself if it is no object.
    func with(_ name: String, _ value: OrderedJSON) -> OrderedJSON {
        guard case .object(let members) = self else { return self }
        return .object(members.filter { $0.name != name } + [Member(name: name, value: value)])
    }

    /// The object without some members.
    func without(_ names: Set<String>) -> OrderedJSON {
        guard case .object(let members) = self else { return self }
        return .object(members.filter { !names.contains($0.name) })
    }
}

extension OrderedJSON: ExpressibleByDictionaryLiteral, ExpressibleByArrayLiteral, ExpressibleByStringLiteral,
    ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral
{
    init(dictionaryLiteral members: (String, OrderedJSON)...) {
        self = .object(members.map { Member(name: $0.0, value: $0.1) })
    }

    init(arrayLiteral items: OrderedJSON...) { self = .array(items) }

    init(stringLiteral text: String) { self = .string(text) }

    init(booleanLiteral value: Bool) { self = .bool(value) }

    init(integerLiteral number: Int) { self = .number(String(number)) }
}
