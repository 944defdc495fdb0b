/// The rules of a `.dockerignore` file, read as Docker reads them: one pattern a line, the last one that matches
/// decides, `!` takes a path back in, `**` stands for any number of folders. A folder's rule holds for what is in it.
public struct IgnoreRules: Sendable, Hashable {
    private struct Rule: Sendable, Hashable {
        let isException: Bool
        let segments: [Segment]
    }

    private enum Segment: Sendable, Hashable {
        /// `**`
        case anyFolders
        case name(Glob)
    }

    private let rules: [Rule]

    /// No rules: nothing is left out.
    public static let none = IgnoreRules("")

    public init(_ text: String) {
        rules = text.split(whereSeparator: \.isNewline).compactMap { line in
            var pattern = line.drop { $0 == "\u{feff}" }[...]
            guard !pattern.hasPrefix("#") else { return nil }
            while pattern.first?.isWhitespace == true { pattern = pattern.dropFirst() }
            while pattern.last?.isWhitespace == true { pattern = pattern.dropLast() }
            let isException = pattern.hasPrefix("!")
            if isException { pattern = pattern.dropFirst() }
            var segments: [Segment] = []
            for segment in pattern.split(separator: "/") where segment != "." {
                switch segment {
                case "..": _ = segments.popLast()
                case "**": segments.append(.anyFolders)
                default: segments.append(.name(Glob(segment)))
                }
            }
            return segments.isEmpty ? nil : Rule(isException: isException, segments: segments)
        }
    }

    /// Whether a file or folder (`a/b`, from the root) is left out.
    public func excludes(_ path: String) -> Bool {
        let segments = path.split(separator: "/").map(String.init)
        var isExcluded = false
        for rule in rules where rule.isException == isExcluded {
            if Self.matches(rule.segments, segments) { isExcluded = !rule.isException }
        }
        return isExcluded
    }

    /// Whether nothing in a folder that is left out can be taken back in.
    public var canSkipFolders: Bool { !rules.contains(where: \.isException) }

    /// The path itself, or a folder that it is in.
    private static func matches(_ pattern: [Segment], _ path: [String]) -> Bool {
        func matches(_ segment: Segment, _ name: String) -> Bool {
            if case .name(let glob) = segment { glob.matches(name) } else { false }
        }
        return Wildcards.match(pattern, path, orBeginning: true, star: .anyFolders, matches: matches)
    }
}
