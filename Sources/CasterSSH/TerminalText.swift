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

    private static func colour(at text: Substring.UnicodeScalarView) -> Substring.UnicodeScalarView? {
        guard text.starts(with: "\u{1b}[".unicodeScalars) else { return nil }
        let parameters = text.dropFirst(2).prefix(16).prefix { ("0"..."9").contains($0) || $0 == ";" }
        guard parameters.endIndex < text.endIndex, text[parameters.endIndex] == "m" else { return nil }
        return text[..<text.index(after: parameters.endIndex)]
    }

    /// Moves the cursor, or turns the direction of writing round.
    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: true
        default: false
        }
    }
}
