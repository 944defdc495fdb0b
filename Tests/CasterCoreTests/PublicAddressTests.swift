import CasterCore
import Testing

struct PublicAddressTests {
    private let site = SiteID("a3f9c2e8b4d6f1e0c7a9b2d4e6f8a0c2")!

    @Test func theDefaultsAnswerOnThisMachine() {
        let address = PublicAddress(domain: "caster.localhost", scheme: "http", edgePort: 8080, sshPort: 2222)
        #expect(address.siteURL(label: "a3f9c2e8") == "http://a3f9c2e8.caster.localhost:8080")
        #expect(address.gitURL(site) == "ssh://git@localhost:2222/a3f9c2e8.git")
        #expect(address.consoleURL == "http://localhost:8080")
    }

    @Test func theSchemesOwnPortsAreLeftOut() {
        let address = PublicAddress(domain: "caster.zip", scheme: "https", edgePort: 443, sshPort: 22)
        #expect(address.siteURL(label: "my-project") == "https://my-project.caster.zip")
        #expect(address.gitURL(site) == "git@git.caster.zip:a3f9c2e8.git")
        #expect(address.consoleURL == "https://console.caster.zip")
    }

    @Test(arguments: [("http", 80, ""), ("http", 443, ":443"), ("https", 80, ":80"), ("https", 443, "")])
    func thePortIsThereIffItIsNotTheSchemesOwn(_ scheme: String, _ port: Int, _ suffix: String) {
        let address = PublicAddress(domain: "caster.zip", scheme: scheme, edgePort: port, sshPort: 22)
        #expect(address.siteURL(label: "x") == "\(scheme)://x.caster.zip\(suffix)")
    }
}
