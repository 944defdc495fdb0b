/// A header's value with parameters, as in `multipart/form-data; boundary="x"` (RFC 9110 §5.6.6).
struct MultipartParameters {
    /// What stands in front of the first semicolon, lower-cased.
    let value: String
    /// Names are lower-cased.
    private let parameters: [String: String]

    /// Nil if the text is no such value, or gives a parameter twice.
    init?(_ text: String) {
        var scanner = Scanner(rest: text.unicodeScalars[...])
        value = scanner.untilSemicolon().lowercased()
        guard !value.isEmpty else { return nil }
        var parameters: [String: String] = [:]
        while scanner.skipSemicolon() {
            if scanner.isAtEnd { break }
            guard let (name, value) = scanner.parameter(), parameters.updateValue(value, forKey: name) == nil else {
                return nil
            }
        }
        guard scanner.isAtEnd else { return nil }
        self.parameters = parameters
    }

    subscript(name: String) -> String? { parameters[name] }

    /// By scalars, since an accent behind a quotation mark would hide the mark in a character.
    private struct Scanner {
        var rest: Substring.UnicodeScalarView

        var isAtEnd: Bool { rest.isEmpty }

        mutating func untilSemicolon() -> String {
            let text = rest.prefix { $0 != ";" }
            rest = rest.dropFirst(text.count)
            let end = text.lastIndex { !Self.isSpace($0) }.map(text.index(after:)) ?? text.startIndex
            return String(text[..<end].drop(while: Self.isSpace))
        }

        mutating func skipSemicolon() -> Bool {
            skipSpace()
            guard rest.first == ";" else { return false }
            rest = rest.dropFirst()
            skipSpace()
            return true
        }

        mutating func parameter() -> (name: String, value: String)? {
            let name = rest.prefix { $0 != "=" && $0 != ";" && !Self.isSpace($0) }
            rest = rest.dropFirst(name.count)
            guard !name.isEmpty, rest.first == "=" else { return nil }
            rest = rest.dropFirst()
            guard let value = rest.first == "\"" ? quoted() : token() else { return nil }
            return (String(name).lowercased(), value)
        }

        private mutating func token() -> String? {
            let text = rest.prefix { $0 != ";" && !Self.isSpace($0) && $0 != "\"" }
            rest = rest.dropFirst(text.count)
            return text.isEmpty ? nil : String(text)
        }

        private mutating func quoted() -> String? {
            var text = String.UnicodeScalarView()
            rest = rest.dropFirst()
            while let scalar = rest.popFirst() {
                if scalar == "\"" { return String(text) }
                if scalar == "\\", let escaped = rest.popFirst() {
                    text.append(escaped)
                } else {
                    text.append(scalar)
                }
            }
            return nil
        }

        private mutating func skipSpace() { rest = rest.drop(while: Self.isSpace) }

        private static func isSpace(_ scalar: Unicode.Scalar) -> Bool { scalar == " " || scalar == "\t" }
    }
}
