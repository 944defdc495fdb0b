extension OrderedJSON {
    /// Levels of objects and arrays within each other at most: what is deeper is refused, whoever sent it.
    static let depthLimit = 100

    /// Reads JSON (RFC 8259) in UTF-8, strictly. Throws `SyntaxError`.
    init(parsing bytes: [UInt8]) throws(SyntaxError) {
        var parser = Parser(bytes: bytes)
        self = try parser.value(depth: 0)
        parser.skipSpace()
        guard parser.isAtEnd else { throw parser.error("the end") }
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

    init(bytes: [UInt8]) { self.bytes = bytes }

    var isAtEnd: Bool { offset == bytes.count }
    var next: UInt8? { isAtEnd ? nil : bytes[offset] }

    func error(_ expected: String) -> OrderedJSON.SyntaxError { .init(offset: offset, expected: expected) }

    mutating func skipSpace() {
        while let next, next == 0x20 || next == 0x0a || next == 0x0d || next == 0x09 { offset += 1 }
    }

    /// Takes the text if it is next.
    mutating func take(_ text: StaticString) -> Bool {
        let wanted = UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
        guard bytes[offset...].starts(with: wanted) else { return false }
        offset += wanted.count
        return true
    }

    mutating func value(depth: Int) throws(OrderedJSON.SyntaxError) -> OrderedJSON {
        guard depth <= OrderedJSON.depthLimit else {
            throw error("at most \(OrderedJSON.depthLimit) levels of nesting deep")
        }
        skipSpace()
        switch next {
        case UInt8(ascii: "{"):
            var members: [OrderedJSON.Member] = []
            try list("{", "}") { parser throws(OrderedJSON.SyntaxError) in
                members.append(try parser.member(depth: depth + 1))
            }
            return .object(members)
        case UInt8(ascii: "["):
            var items: [OrderedJSON] = []
            try list("[", "]") { parser throws(OrderedJSON.SyntaxError) in
                items.append(try parser.value(depth: depth + 1))
            }
            return .array(items)
        case UInt8(ascii: "\""): return .string(try string())
        default: break
        }
        if take("true") { return .bool(true) }
        if take("false") { return .bool(false) }
        if take("null") { return .null }
        return .number(try number())
    }

    private mutating func list(
        _ open: StaticString, _ close: StaticString,
        element: (inout Parser) throws(OrderedJSON.SyntaxError) -> Void
    ) throws(OrderedJSON.SyntaxError) {
        _ = take(open)
        skipSpace()
        if take(close) { return }
        repeat {
            try element(&self)
            skipSpace()
        } while take(",")
        guard take(close) else { throw error("\(close) or a comma") }
    }

    private mutating func member(depth: Int) throws(OrderedJSON.SyntaxError) -> OrderedJSON.Member {
        skipSpace()
        let name = try string()
        skipSpace()
        guard take(":") else { throw error("a colon") }
        return .init(name: name, value: try value(depth: depth))
    }

    private mutating func number() throws(OrderedJSON.SyntaxError) -> String {
        let start = offset
        _ = take("-")
        guard let first = next, isDigit(first) else { throw error("a value") }
        if !take("0") { skipDigits() }
        if take(".") {
            guard let digit = next, isDigit(digit) else { throw error("a digit") }
            skipDigits()
        }
        if take("e") || take("E") {
            if !take("+") { _ = take("-") }
            guard let digit = next, isDigit(digit) else { throw error("a digit") }
            skipDigits()
        }
        return String(decoding: bytes[start..<offset], as: UTF8.self)
    }

    private func isDigit(_ byte: UInt8) -> Bool { UInt8(ascii: "0") <= byte && byte <= UInt8(ascii: "9") }

    private mutating func skipDigits() {
        while let next, isDigit(next) { offset += 1 }
    }

    private mutating func string() throws(OrderedJSON.SyntaxError) -> String {
        guard take("\"") else { throw error("a quotation mark") }
        var result: [UInt8] = []
        while true {
            // Whatever needs no thought, in one piece.
            let start = offset
            while let byte = next, byte >= 0x20, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") { offset += 1 }
            let plain = bytes[start..<offset]
            if next == UInt8(ascii: "\""), result.isEmpty {
                guard let text = String(validating: plain, as: UTF8.self) else { throw error("after UTF-8") }
                offset += 1
                return text
            }
            result += plain
            switch next {
            case UInt8(ascii: "\""):
                guard let text = String(validating: result, as: UTF8.self) else { throw error("after UTF-8") }
                offset += 1
                return text
            case UInt8(ascii: "\\"):
                offset += 1
                result += try escaped()
            default: throw error("a quotation mark, and no control character")
            }
        }
    }

    /// What follows a backslash.
    private mutating func escaped() throws(OrderedJSON.SyntaxError) -> [UInt8] {
        guard let byte = next else { throw error("an escaped character") }
        offset += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
        case UInt8(ascii: "b"): return [0x08]
        case UInt8(ascii: "f"): return [0x0c]
        case UInt8(ascii: "n"): return [0x0a]
        case UInt8(ascii: "r"): return [0x0d]
        case UInt8(ascii: "t"): return [0x09]
        case UInt8(ascii: "u"): break
        default: throw error("an escaped character")
        }
        var code = try hexDigits()
        if 0xd800..<0xdc00 ~= code {
            guard take("\\u") else { throw error("the other half of a surrogate pair") }
            let low = try hexDigits()
            guard 0xdc00..<0xe000 ~= low else { throw error("the other half of a surrogate pair") }
            code = 0x10000 + (code - 0xd800) << 10 + (low - 0xdc00)
        }
        guard let scalar = Unicode.Scalar(code) else { throw error("no half of a surrogate pair") }
        return Array(String(Character(scalar)).utf8)
    }

    private mutating func hexDigits() throws(OrderedJSON.SyntaxError) -> UInt32 {
        let digits = bytes[offset...].prefix(4)
        guard digits.count == 4, !digits.contains(where: { $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "-") }),
            let code = UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
        else { throw error("four hex digits") }
        offset += 4
        return code
    }
}
