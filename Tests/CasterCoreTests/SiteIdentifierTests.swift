import CasterCore
import Testing

struct SiteIdentifierTests {
    @Test func eightHexDigitsAreAShortID() {
        #expect(SiteIdentifier("a3f9c2e8") == .short("a3f9c2e8"))
        #expect(SiteIdentifier("00000000") == .short("00000000"))
    }

    @Test(arguments: ["my-project", "a3f9c2e8b", "a3f9c2eg", "a3f9c2e8b4d6f1e0c7a9b2d4e6f8a0c2"])
    func otherLabelsAreNames(_ text: String) {
        #expect(SiteIdentifier(text) == .name(text))
    }

    @Test(arguments: [
        "", "a3f9c2e", "A3F9C2E8", "my_project", "../../etc", "a3f9c2e8.git", "a3f9c2e8/..",
        "my project", "bücher-laden", "a3f9c2e8\n", String(repeating: "a", count: 64),
    ])
    func whatCanBeNeitherIsNothing(_ text: String) {
        #expect(SiteIdentifier(text) == nil)
    }

    @Test func aSiteIDIsThirtyTwoLowerHexDigits() {
        let hex = "a3f9c2e8b4d6f1e0c7a9b2d4e6f8a0c2"
        #expect(SiteID(hex)?.short == "a3f9c2e8")
        #expect(SiteID(hex.uppercased()) == nil)
        #expect(SiteID(String(hex.dropLast())) == nil)
        #expect(SiteID(hex + "0") == nil)
        let random = SiteID.random()
        #expect(SiteID(random.hex) == random)
        #expect(SiteID.random() != random)
    }
}
