/// A build log as a model may read it: what would steer a terminal is gone. What is left is still a stranger's text.
enum LogText {
    /// The last whole lines of a log that fit into so many bytes, and whether something was left out.
    static func end(of log: String, bytes limit: Int) -> (text: String, isCut: Bool) {
        let clean = clean(log)
        guard clean.utf8.count > limit else { return (clean, false) }
        let rest = clean.utf8.suffix(limit)
        // From the next line on; one line that is longer than all there is room for is cut itself.
        let start = rest.dropLast().firstIndex(of: UInt8(ascii: "\n")).map(rest.index(after:)) ?? rest.startIndex
        return (String(decoding: rest[start...], as: UTF8.self), true)
    }

    /// Without escape sequences (ECMA-48 §5.3, §5.4) and control characters other than newline and tab.
    static func clean(_ log: String) -> String {
        var result = String.UnicodeScalarView()
        var rest = log.unicodeScalars[...]
        while let scalar = rest.popFirst() {
            switch scalar {
            case "\u{1b}": skipSequence(&rest)
            case "\n", "\t": result.append(scalar)
            default:
                if scalar.properties.generalCategory != .control { result.append(scalar) }
            }
        }
        return String(result)
    }

    private static func skipSequence(_ rest: inout Substring.UnicodeScalarView) {
        switch rest.popFirst() {
        case "[":
            // Parameters and intermediates, then one final character.
            while let next = rest.first, (0x20...0x3f).contains(next.value) { rest.removeFirst() }
            if let final = rest.first, (0x40...0x7e).contains(final.value) { rest.removeFirst() }
        case "]", "P", "X", "^", "_":
            // A string, up to BEL or ESC \, but never over the end of a line.
            while let next = rest.first, next != "\n" {
                rest.removeFirst()
                if next == "\u{7}" { return }
                if next == "\u{1b}" {
                    if rest.first == "\\" { rest.removeFirst() }
                    return
                }
            }
        default: break
        }
    }
}
