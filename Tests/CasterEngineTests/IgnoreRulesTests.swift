import CasterEngine
import Testing

struct IgnoreRulesTests {
    @Test(arguments: [
        ("data", "data", true), ("data", "data/a/b", true), ("data", "x/data", false), ("/data", "data/a", true),
        ("**/data", "x/y/data/z", true), ("*.log", "a.log", true), ("*.log", "d/a.log", false),
        ("**/*.log", "d/e/a.log", true), ("**/*.log", "a.log", true), ("a?c", "abc", true), ("a?c", "ac", false),
        ("[a-c]x", "bx", true), ("[^a-c]x", "bx", false), (#"\*"#, "*", true), (#"\*"#, "x", false),
        ("# data", "# data", false), ("  data  ", "data", true), ("./data/", "data", true), ("a/../b", "b", true),
        ("*", "anything/at/all", true), ("d/**", "d/x", true), ("d/**/e", "d/e", true), ("d/**/e", "d/1/2/e", true),
        ("*\n!keep", "keep", false), ("*\n!keep\nkeep", "keep", true), ("d\n!d/keep", "d/keep", false),
        ("d\n!d/keep", "d/other", true), ("data\r\nmore", "more", true), ("[", "[", true), ("", "x", false),
    ])
    func asDockerReadsThem(_ text: String, _ path: String, _ isExcluded: Bool) {
        #expect(IgnoreRules(text).excludes(path) == isExcluded, "\(text) \(path)")
    }

    @Test func noPatternTakesLong() {
        let pattern = String(repeating: "a*", count: 2000) + "b\n" + String(repeating: "**/a/", count: 500) + "b"
        let path = String(repeating: "a/", count: 300) + String(repeating: "a", count: 250)
        let start = ContinuousClock.now
        #expect(!IgnoreRules(pattern).excludes(path))
        #expect(ContinuousClock.now - start < .seconds(20))
    }
}
