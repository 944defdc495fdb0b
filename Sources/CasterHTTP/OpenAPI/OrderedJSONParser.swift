extension OrderedJSON {
    /// Reads JSON (RFC 8259) of our own: nesting is not bounded. Throws `SyntaxError`.
    init(parsing bytes: [UInt8]) throws {
        var parser = Parser(bytes: bytes)
        self = try parser.value()
        parser.skipSpace()
        guard parser.isAtEnd else { throw parser.error("nothing more") }
    }

    struct SyntaxError: Error, CustomStringConvertible {
        /// Counted from the beginning, in bytes.
        let offset: Int
        let expected: String

        var description: String { "JSON: byte \(offset) should be \(expected)" }
    }
}

private struct Parser {
    let bytes: [UInt8]
    var offset = 0

    var isAtEnd: Bool { offset == bytes.count }
    var next: UInt8? { isAtEnd ? nil : bytes[offset] }

    func error(_ expected: String) -> OrderedJSON.SyntaxError { .init(offset: offset, expected: expected) }

    mutating func skipSpace() {
        while let next, [0x20, 0x0a, 0x0d, 0x09].contains(next) { offset += 1 }
    }

    /// Takes the text if it is next.
    mutating func take(_ text: StaticString) -> Bool {
        let wanted = UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
        guard bytes[offset...].starts(with: wanted) else { return false }
        offset += wanted.count
        return true
    }

    mutating func value() throws -> OrderedJSON {
        skipSpace()
        switch next {
        case UInt8(ascii: "{"): return .object(try list("{", "}") { try $0.member() })
        case UInt8(ascii: "["): return .array(try list("[", "]") { try $0.value() })
        case UInt8(ascii: "\""): return .string(try string())
        default: break
        }
        if take("true") { return .bool(true) }
        if take("false") { return .bool(false) }
        if take("null") { return .null }
        let number = bytes[offset...].prefix { "+-.0123456789eE".utf8.contains($0) }
        guard !number.isEmpty else { throw error("a value") }
        offset += number.count
        return .number(String(decoding: number, as: UTF8.self))
    }

    private mutating func list<Element>(
        _ open: StaticString, _ close: StaticString, element: (inout Parser) throws -> Element
    ) throws -> [Element] {
        _ = take(open)
        skipSpace()
        if take(close) { return [] }
        var elements: [Element] = []
        repeat {
            elements.append(try element(&self))
            skipSpace()
        } while take(",")
        guard take(close) else { throw error("\(close)") }
        return elements
    }

    private mutating func member() throws -> OrderedJSON.Member {
        skipSpace()
        let name = try string()
        skipSpace()
        guard take(":") else { throw error("a colon") }
        return .init(name: name, value: try value())
    }

    private mutating func string() throws -> String {
        guard take("\"") else { throw error("a quotation mark") }
        var result: [UInt8] = []
        while let byte = next, byte != UInt8(ascii: "\"") {
            offset += 1
            guard byte == UInt8(ascii: "\\") else {
                result.append(byte)
                continue
            }
            switch next {
            case UInt8(ascii: "n"): result.append(0x0a)
            case UInt8(ascii: "r"): result.append(0x0d)
            case UInt8(ascii: "t"): result.append(0x09)
            case UInt8(ascii: "u"):
                let digits = String(decoding: bytes[offset...].dropFirst().prefix(4), as: UTF8.self)
                guard let scalar = UInt32(digits, radix: 16).flatMap(Unicode.Scalar.init) else {
                    throw error("u and four hex digits, no surrogate")
                }
                result += Array(String(Character(scalar)).utf8)
                offset += 4
            case .some(let other): result.append(other)
            case nil: throw error("an escaped character")
            }
            offset += 1
        }
        guard take("\"") else { throw error("a quotation mark") }
        return String(decoding: result, as: UTF8.self)
    }
}
