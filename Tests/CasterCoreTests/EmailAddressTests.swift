import CasterCore
import Testing

struct EmailAddressTests {
    @Test(arguments: [
        ("alice@example.com", "alice@example.com"), ("  Alice@Example.COM\n", "alice@example.com"),
        ("a+b.c@localhost", "a+b.c@localhost"), ("jörg@bücher.example", "jörg@bücher.example"),
    ])
    func isTrimmedAndLowerCased(_ raw: String, _ text: String) throws {
        #expect(try EmailAddress(raw).text == text)
    }

    @Test(arguments: [
        "", "alice", "@example.com", "alice@", "a@b@c", "alice@.com", "alice@example.", "alice@ex..com",
        "al ice@example.com", "alice@example.com, bob@example.com", "alice;bob@example.com", "alice\u{0}@example.com",
        "alice\u{7f}@example.com", "alice@exam\nple.com", String(repeating: "a", count: 65) + "@example.com",
        "a@" + String(repeating: "b", count: 253),
    ])
    func refusesWhatNoMailServerDeliversTo(_ raw: String) {
        #expect(throws: Refusal.self) { try EmailAddress(raw) }
    }
}
