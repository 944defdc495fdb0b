/// One part of a path's pattern: `*`, `?`, `[a-z]`, `[^a-z]`, and `\\` before what is meant as it is.
struct Glob: Sendable, Hashable {
    private enum Token: Sendable, Hashable {
        case star, any
        case literal(Character)
        case set([ClosedRange<Character>], isNegated: Bool)
    }

    private let tokens: [Token]

    init(_ pattern: Substring) {
        var tokens: [Token] = []
        var rest = pattern
        while let first = rest.popFirst() {
            switch first {
            case "*": if tokens.last != .star { tokens.append(.star) }
            case "?": tokens.append(.any)
            case "\\": tokens.append(.literal(rest.popFirst() ?? "\\"))
            case "[":
                guard let end = rest.dropFirst().firstIndex(of: "]") else {
                    tokens.append(.literal(first))
                    continue
                }
                tokens.append(Self.set(rest[..<end]))
                rest = rest[rest.index(after: end)...]
            default: tokens.append(.literal(first))
            }
        }
        self.tokens = tokens
    }

    func matches(_ name: String) -> Bool {
        func matches(_ token: Token, _ character: Character) -> Bool {
            switch token {
            case .star: false
            case .any: true
            case .literal(let wanted): character == wanted
            case .set(let ranges, let isNegated): ranges.contains { $0.contains(character) } != isNegated
            }
        }
        return Wildcards.match(tokens, Array(name), star: .star, matches: matches)
    }

    private static func set(_ text: Substring) -> Token {
        var rest = text
        let isNegated = rest.hasPrefix("^")
        if isNegated { rest = rest.dropFirst() }
        var ranges: [ClosedRange<Character>] = []
        while let low = rest.popFirst() {
            if rest.first == "-", let high = rest.dropFirst().first {
                rest = rest.dropFirst(2)
                if low <= high { ranges.append(low...high) }
            } else {
                ranges.append(low...low)
            }
        }
        return .set(ranges, isNegated: isNegated)
    }
}

/// Patterns whose star stands for any number of elements, matched in a time that no pattern can blow up.
enum Wildcards {
    /// - Parameter orBeginning: whether it is enough that the pattern matches the first elements, at least one.
    static func match<Pattern: Equatable, Element>(
        _ pattern: [Pattern], _ elements: [Element], orBeginning: Bool = false, star: Pattern,
        matches: (Pattern, Element) -> Bool
    ) -> Bool {
        // Which beginnings of the pattern match the elements so far.
        var reached = [Bool](repeating: false, count: pattern.count + 1)
        reached[0] = true
        func passStars(_ reached: inout [Bool]) {
            for index in pattern.indices where reached[index] && pattern[index] == star { reached[index + 1] = true }
        }
        passStars(&reached)
        for element in elements {
            var next = [Bool](repeating: false, count: pattern.count + 1)
            for index in pattern.indices where reached[index] {
                if pattern[index] == star {
                    next[index] = true
                } else if matches(pattern[index], element) {
                    next[index + 1] = true
                }
            }
            passStars(&next)
            reached = next
            if orBeginning, reached[pattern.count] { return true }
        }
        return reached[pattern.count]
    }
}
