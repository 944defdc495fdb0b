import CasterCore
import Testing

struct SitePathTests {
    @Test(arguments: [
        "index.html", "a/b/c.txt", ".well-known/security.txt", "...", "a b/ä/日本/👩‍👩‍👧.png", ".gitignore", ".github/x",
        "git", "a:b", "-rf", "~", "%2e%2e/x", String(repeating: "x", count: 255),
        Array(repeating: "abc", count: 256).joined(separator: "/"), "a/\u{301}b",
    ])
    func accepts(_ raw: String) throws {
        let path = try SitePath(raw)
        #expect(path.text == raw)
        #expect(path.parts.joined(separator: "/") == raw)
    }

    @Test(arguments: [
        ("", "it is empty"),
        ("/", "it is absolute"),
        ("/etc/passwd", "it is absolute"),
        ("a//b", "a part of it is empty"),
        ("a/", "a part of it is empty"),
        (".", "a part of it is \".\""),
        ("./a", "a part of it is \".\""),
        ("a/.", "a part of it is \".\""),
        ("..", "a part of it is \"..\""),
        ("../a", "a part of it is \"..\""),
        ("a/../../b", "a part of it is \"..\""),
        ("a\\b", "it has a backslash; folders are separated by /"),
        ("..\\b", "it has a backslash; folders are separated by /"),
        ("a\0b", "it has a control character"),
        ("a\nb", "it has a control character"),
        ("a\r\nb", "it has a control character"),
        ("\u{1b}[2J", "it has a control character"),
        ("a\u{7f}", "it has a control character"),
        ("a\u{85}", "it has a control character"),
        (".git", "\".git\" is git's own folder"),
        (".GIT/config", "\".git\" is git's own folder"),
        ("a/.Git/hooks/x", "\".git\" is git's own folder"),
        (String(repeating: "x", count: 256), "a part of it is longer than 255 bytes"),
        (Array(repeating: "abcd", count: 205).joined(separator: "/") + "x", "it is longer than 1,024 bytes"),
    ])
    func refuses(_ raw: String, because rule: String) {
        #expect(throws: Refusal.invalid("\(raw.quoted) cannot be a file's path: \(rule)")) { try SitePath(raw) }
    }

    @Test func refusesWhatIsNotUTF8() {
        for bytes: [UInt8] in [[0x61, 0xff], [0xc0, 0xae], [0xed, 0xa0, 0x80], [0xc3]] {
            #expect { try SitePath(utf8: bytes) } throws: {
                ($0 as? Refusal)?.sentence.hasSuffix("cannot be a file's path: it is not UTF-8") == true
            }
        }
    }

    /// Whatever is accepted keeps the rules, as another piece of code states them; whatever is refused breaks one.
    @Test func agreesWithTheRules() {
        let pieces = [
            "/", ".", "..", "\\", "a", "ä", "e\u{301}", "\u{301}", ".git", ".gIt", "git", "\0", "\u{9f}", "\u{a0}", "👩‍👩‍👧",
            "\r\n", "x.html", String(repeating: "y", count: 100),
        ]
        var generator = SeededGenerator(seed: 7)
        var accepted = 0
        for _ in 0..<4_000 {
            let raw = (0..<Int.random(in: 0...12, using: &generator))
                .map { _ in pieces.randomElement(using: &generator)! }.joined()
            let scalars = raw.unicodeScalars
            let parts = scalars.split(separator: "/", omittingEmptySubsequences: false).map { String($0) }
            let isGood =
                raw.utf8.count <= 1024 && !scalars.contains { $0.properties.generalCategory == .control || $0 == "\\" }
                && parts.allSatisfy {
                    !["", ".", "..", ".git"].contains($0.lowercased()) && $0.utf8.count <= 255
                }
            let path = try? SitePath(raw)
            #expect((path != nil) == isGood, "\(raw.debugDescription)")
            if let path {
                accepted += 1
                #expect(path.parts == parts)
            }
        }
        #expect(accepted > 100)
    }

    @Test func quotesWithoutControl() {
        #expect("a\u{1b}[2J\nb\u{202e}c\u{2028}".quoted == "\"a?[2J?b?c?\"")
        #expect("ä\u{301}/日本".quoted == "\"ä\u{301}/日本\"")
        #expect(String(repeating: "x", count: 201).quoted == "\"\(String(repeating: "x", count: 200))…\"")
    }
}
