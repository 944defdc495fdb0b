import CasterCore
import CasterEdge
import Testing

@Suite struct EdgeConfigurationTests {
    private func make(
        root: String = "/srv/caster", domain: String = "caster.test", bind: String = "127.0.0.1"
    ) throws -> EdgeConfiguration {
        try EdgeConfiguration(
            folder: DataFolder(root: root),
            address: PublicAddress(domain: domain, scheme: "http", edgePort: 8080, sshPort: 22), bind: bind,
            limits: Limits())
    }

    @Test func theSameValuesGiveTheSameText() throws {
        #expect(try make().text == make().text)
        #expect(try make().text != make(domain: "other.test").text)
    }

    @Test func addressesOfBothFamiliesAreWritten() throws {
        #expect(try make(bind: "0.0.0.0").text.contains("listen 0.0.0.0:8080 default_server backlog=4096;"))
        #expect(try make(bind: "::").text.contains("listen [::]:8080 default_server backlog=4096 ipv6only=off;"))
        #expect(try make(bind: "::1").text.contains("listen [::1]:8080 default_server backlog=4096 ipv6only=on;"))
    }

    @Test(arguments: ["localhost", "*", "1.2.3", "127.0.0.1; evil", ""])
    func onlyAddressesAreBoundTo(bind: String) {
        #expect(throws: EdgeError.self) { try make(bind: bind) }
    }

    @Test(arguments: ["relative", "/a\"b", "/a$b", "/a\nb", "/a\\b", "/" + String(repeating: "x", count: 100)])
    func pathsThatNginxWouldMisreadAreRefused(root: String) {
        #expect(throws: EdgeError.self) { try make(root: root) }
    }

    @Test(arguments: ["", ".test", "test.", "a b", "Caster.test", "a;b", "*.test"])
    func onlyHostNamesAreDomains(domain: String) {
        #expect(throws: EdgeError.self) { try make(domain: domain) }
    }
}
