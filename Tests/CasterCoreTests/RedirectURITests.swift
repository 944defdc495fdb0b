import CasterCore
import Testing

struct RedirectURITests {
    @Test func whereCodesMayGo() throws {
        for text in [
            "https://claude.ai/api/mcp/auth_callback", "https://a.example:8443/x?y=z", "http://127.0.0.1:1234/cb",
            "http://[::1]/cb", "http://localhost/cb", "cursor://anysphere.cursor-retrieval/oauth/callback",
            "com.example.app:/callback",
        ] {
            #expect(try RedirectURI(text).text == text)
        }
        for text in [
            "", "x", "/callback", "https://", "https:///x", "http://a.example/", "http://127.0.0.1.evil.example/",
            "http://localhost.evil.example/", "javascript:alert(1)", "JavaScript:alert(1)", "data:text/html,x",
            "file:///x",
            "https://a.example/#x", "https://user@a.example/", "https://user:pw@a.example/", "https://a.example/ x",
            "https://a.example/\n", "https://a.example\\@b.example/", "https://a.example/\"", "https://é.example/",
            "https://a.example/" + String(repeating: "x", count: 2000), "vbscript:x", "https://a;sandbox/",
            "https://a,b/", "https://a'b/", "https://a%00b/", "blob:https://a.example/x",
        ] {
            #expect(throws: Refusal.self, "\(text)") { _ = try RedirectURI(text) }
        }
    }

    @Test func theyMatchToTheLetter() throws {
        func matches(_ registered: String, _ asked: String) throws -> Bool {
            try RedirectURI(registered).matches(RedirectURI(asked))
        }
        #expect(try matches("https://a.example/x", "https://a.example/x"))
        for other in [
            "https://a.example/x/", "https://a.example/X", "https://a.example/x?y", "https://a.example:443/x",
            "https://A.example/x", "https://b.a.example/x", "http://localhost/x",
        ] {
            #expect(try !matches("https://a.example/x", other), "\(other)")
        }
        // The port of this machine is free (RFC 8252 §7.3), and nothing else of it.
        #expect(try matches("http://127.0.0.1/cb", "http://127.0.0.1:51234/cb"))
        #expect(try matches("http://localhost:3000/cb", "http://localhost:51234/cb"))
        #expect(try matches("http://[::1]:1/cb", "http://[::1]:2/cb"))
        #expect(try !matches("http://127.0.0.1/cb", "http://127.0.0.1:51234/other"))
        #expect(try !matches("http://127.0.0.1/cb", "http://localhost:51234/cb"))
        #expect(try !matches("https://127.0.0.1/cb", "https://127.0.0.1:51234/cb"))
    }

    @Test func namesAreOneLine() {
        #expect(OAuthClient.displayName(" Claude\u{202e}\n\u{0} ") == "Claude")
        #expect(OAuthClient.displayName("\u{200b}") == "A program without a name")
        #expect(OAuthClient.displayName(String(repeating: "é", count: 300)).count == 100)
    }
}
