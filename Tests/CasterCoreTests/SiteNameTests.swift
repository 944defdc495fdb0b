import CasterCore
import Testing

struct SiteNameTests {
    @Test(arguments: ["api", "app", "git", "www", "mail", "admin", "console"])
    func someNamesAreReserved(_ name: String) {
        #expect(throws: Refusal.invalid("the name \(name) is reserved")) { try SiteName(name) }
    }

    /// What is accepted keeps every rule, as another piece of code states them; what is refused breaks one.
    @Test func agreesWithTheRules() {
        let alphabets = ["0123456789abcdef", "abcdefghijklmnopqrstuvwxyz0123456789", "ag09--"]
            .map { Array($0.unicodeScalars) }
        let odd = Array("-AZ_./ :@`{\0\n\u{7f}\u{b2}\u{e9}\u{301}\u{430}\u{ff41}".unicodeScalars)
        var generator = SeededGenerator(seed: 11)
        var counts: [String: Int] = [:]
        for _ in 0..<10_000 {
            let alphabet = alphabets.randomElement(using: &generator)!
            let length =
                Bool.random(using: &generator)
                ? Int.random(in: 0...66, using: &generator) : [7, 8, 9, 62, 63, 64].randomElement(using: &generator)!
            var scalars = (0..<length).map { _ in alphabet.randomElement(using: &generator)! }
            if length > 0, Int.random(in: 0..<3, using: &generator) == 0 {
                scalars[Int.random(in: 0..<length, using: &generator)] = odd.randomElement(using: &generator)!
            }
            let text = String(String.UnicodeScalarView(scalars))
            let broken = brokenRule(scalars)
            let isName = (try? SiteName(text)) != nil
            #expect(isName == (broken == nil), "\(text.debugDescription) breaks \(broken ?? "no rule")")
            counts[broken ?? "none", default: 0] += 1
        }
        for rule in ["none", "length", "characters", "ends", "short ID", "IDNA"] {
            #expect(counts[rule, default: 0] > 30, "\(rule)")
        }
    }

    /// The rule of the API reference, and three more: a DNS label has no more than 63 characters, short IDs are no names,
    /// and IDNA reserves what has `--` in its third and fourth place. Nil for a name.
    private func brokenRule(_ text: [Unicode.Scalar]) -> String? {
        let alphanumeric = Set("abcdefghijklmnopqrstuvwxyz0123456789".unicodeScalars)
        if text.count < 8 || text.count > 63 { return "length" }
        if !Set(text).isSubset(of: alphanumeric.union(["-"])) { return "characters" }
        if !alphanumeric.contains(text[0]) || !alphanumeric.contains(text[text.count - 1]) { return "ends" }
        if text.count == 8, Set(text).isSubset(of: Set("0123456789abcdef".unicodeScalars)) { return "short ID" }
        return text[2] == "-" && text[3] == "-" ? "IDNA" : nil
    }
}
