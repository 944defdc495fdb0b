/// Makes text of unknown origin fit for somebody's terminal.
enum TerminalText {
    /// The same lines without control characters, except tabs, newlines and colours (`ESC [ … m`, ECMA-48 §8.3.117).
    static func clean(_ text: String) -> String {
        var result = String.UnicodeScalarView()
        var rest = text.unicodeScalars[...]
        while let scalar = rest.first {
            if let colour = colour(at: rest) {
                result.append(contentsOf: colour)
                rest = rest.dropFirst(colour.count)
                continue
            }
            if scalar == "\n" || scalar == "\t" || !isControl(scalar) { result.append(scalar) }
            rest = rest.dropFirst()
        }
        return String(result)
    }

    /// A name in quotes, without control characters and at most 60 characters long.
    static func quoted(_ name: String) -> String {
        let scalars = name.unicodeScalars.map { isControl($0) || $0 == "\n" || $0 == "\t" ? "?" : $0 }
        let text = String(String.UnicodeScalarView(scalars.prefix(60)))
        return "\"\(text)\(scalars.count > 60 ? "…" : "")\""
    }

    private static func colour(at text: Substring.UnicodeScalarView) -> Substring.UnicodeScalarView? {
        guard text.starts(with: "\u{1b}[".unicodeScalars) else { return nil }
        let parameters = text.dropFirst(2).prefix(16).prefix { ("0"..."9").contains($0) || $0 == ";" }
        guard parameters.endIndex < text.endIndex, text[parameters.endIndex] == "m" else { return nil }
        return text[..<text.index(after: parameters.endIndex)]
    }

    /// C0, DEL, C1, and what turns the direction of the text round (Unicode's bidirectional controls).
    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7f..<0xa0, 0x200e...0x200f, 0x202a...0x202e, 0x2066...0x2069: true
        default: false
        }
    }
}
