import Foundation
import Testing

/// Debian's chromium, with the authority's root among those that its person trusts.
@Suite(.timeLimit(.minutes(5)))
struct BrowserTests {
    /// What the browser shows at a URL, as HTML.
    ///
    /// - Parameter root: a PEM file that is trusted too; nil for none.
    private func show(_ url: String, home: String, trusting root: String?) async throws -> String {
        if let root {
            let store = "\(home)/.pki/nssdb"
            try FileManager.default.createDirectory(atPath: store, withIntermediateDirectories: true)
            for words in [["-N", "--empty-password"], ["-A", "-t", "C,,", "-n", "authority", "-i", root]] {
                _ = try await run(["certutil", "-d", "sql:\(store)"] + words).orThrow("certutil")
            }
        }
        return try await run(
            [
                "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--user-data-dir=\(home)/profile",
                "--dump-dom", url,
            ], environment: ["HOME": home], merged: false, within: .seconds(90)
        ).orThrow("chromium").text
    }

    @Test func aDomainIsShownToWhomTrustsTheAuthority() async throws {
        try await withAuthority { platform, server, authority in
            let site = try await platform.account(addsKey: false).createSite()
            try await site.pastePage("<p>seen by <script>document.write(location.protocol)</script></p>")
            try await site.settle("www.example.localhost", in: server, is: "live")
            let url = "https://www.example.localhost:\(platform.tlsPort)/"
            let page = try await show(url, home: "\(platform.folder)/trusting", trusting: authority.root)
            #expect(page.contains("seen by") && page.contains("</script>https:"), "\(page.prefix(2000))")
            // By http it is led there.
            let led = try await show(
                "http://www.example.localhost:\(platform.edgePort)/", home: "\(platform.folder)/trusting",
                trusting: nil)
            #expect(led.contains("</script>https:"))
            let warned = try await show(url, home: "\(platform.folder)/wary", trusting: nil)
            #expect(!warned.contains("seen by"))
        }
    }
}
