import Foundation
import Testing

/// What a visitor gets.
@Suite(.timeLimit(.minutes(2)))
struct EdgeTests {
    /// A platform with one site that has these files.
    private func withSite(_ files: [String: String], _ body: (Site, Checkout) async throws -> Void) async throws {
        try await withPlatform { platform in
            let site = try await platform.account().createSite()
            let checkout = try await site.checkout()
            try await checkout.commit(files)
            _ = try await checkout.push().orThrow("git push")
            try await body(site, checkout)
        }
    }

    @Test func everyFileHasItsType() async throws {
        let types = [
            "index.html": "text/html; charset=utf-8", "a.css": "text/css; charset=utf-8",
            "a.js": "text/javascript; charset=utf-8", "a.mjs": "text/javascript; charset=utf-8",
            "a.json": "application/json", "a.svg": "image/svg+xml", "a.png": "image/png", "a.webp": "image/webp",
            "a.woff2": "font/woff2", "a.wasm": "application/wasm", "a.txt": "text/plain; charset=utf-8",
            "a.pdf": "application/pdf", "a.mp4": "video/mp4", "a.xml": "application/xml",
            "a.webmanifest": "application/manifest+json", "noextension": "application/octet-stream",
        ]
        try await withSite(types.mapValues { _ in "x" }) { site, _ in
            for (path, type) in types {
                let reply = try await site.get("/\(path)")
                #expect(reply.status == 200, "\(path)")
                #expect(reply.header("Content-Type") == type, "\(path)")
            }
        }
    }

    @Test func foldersHaveTheirIndex() async throws {
        let files = [
            "index.html": "root", "docs/index.html": "docs", "docs/a b/ü.html": "odd name", "empty/x.txt": "x",
        ]
        try await withSite(files) { site, _ in
            #expect(try await site.get("/").text == "root")
            #expect(try await site.get("/docs/").text == "docs")
            let redirect = try await site.get("/docs")
            #expect(redirect.status == 301)
            #expect(redirect.header("Location") == "/docs/")
            #expect(try await site.get("/docs/a%20b/%C3%BC.html").text == "odd name")
            #expect(try await site.get("/index.html?x=1").text == "root")
            // A folder without one is not listed.
            let listing = try await site.get("/empty/")
            #expect(listing.status == 404)
            #expect(!listing.text.contains("x.txt"))
        }
    }

    @Test func unchangedFilesAreNotSentAgain() async throws {
        try await withSite(["index.html": "one", "same.html": "same"]) { site, checkout in
            let first = try await site.get("/index.html")
            let tag = try #require(first.header("ETag"))
            let same = try #require(try await site.get("/same.html").header("ETag"))
            let again = try await site.get("/index.html", headers: ["If-None-Match: \(tag)"])
            #expect(again.status == 304)
            #expect(again.body.isEmpty)

            // As many bytes, and most likely in the same second.
            try await checkout.commit(["index.html": "two"])
            #expect(try await checkout.push().succeeded)
            let changed = try await site.get("/index.html", headers: ["If-None-Match: \(tag)"])
            #expect(changed.status == 200)
            #expect(changed.text == "two")
            #expect(changed.header("ETag") != tag)
            #expect(try await site.get("/same.html", headers: ["If-None-Match: \(same)"]).status == 304)
            // Browsers ask each time.
            #expect(changed.header("Cache-Control") == "no-cache")
        }
    }

    @Test func ranges() async throws {
        try await withSite(["a.txt": "0123456789"]) { site, _ in
            let part = try await site.get("/a.txt", headers: ["Range: bytes=2-4"])
            #expect(part.status == 206)
            #expect(part.text == "234")
            #expect(part.header("Content-Range") == "bytes 2-4/10")
            #expect(try await site.get("/a.txt", headers: ["Range: bytes=-3"]).text == "789")
            #expect(try await site.get("/a.txt", headers: ["Range: bytes=20-"]).status == 416)
        }
    }

    @Test func textIsCompressedForWhoeverTakesIt() async throws {
        let page = String(repeating: "<p>again and again</p>\n", count: 500)
        try await withSite(["index.html": page, "a.png": page, "small.html": "x"]) { site, _ in
            let zipped = try await site.get("/", headers: ["Accept-Encoding: gzip"])
            #expect(zipped.header("Content-Encoding") == "gzip")
            #expect(zipped.header("Vary")?.contains("Accept-Encoding") == true)
            #expect(zipped.body.count < page.utf8.count / 10)
            #expect(try await run(["gunzip"], input: zipped.body).text == page)
            #expect(try await site.get("/").header("Content-Encoding") == nil)
            for path in ["/a.png", "/small.html"] {
                #expect(try await site.get(path, headers: ["Accept-Encoding: gzip"]).header("Content-Encoding") == nil)
            }
        }
    }

    @Test func theSitesOwnNotFoundPage() async throws {
        try await withSite(["index.html": "x"]) { site, checkout in
            let plain = try await site.get("/nothing")
            #expect(plain.status == 404)
            #expect(plain.header("Content-Type")?.hasPrefix("text/html") == true)
            #expect(plain.text.contains("Page not found"))

            try await checkout.commit(["404.html": "my own page"])
            #expect(try await checkout.push().succeeded)
            let own = try await site.get("/nothing/at/all")
            #expect(own.status == 404)
            #expect(own.text == "my own page")
        }
    }

    @Test func hostsWithoutASite() async throws {
        try await withPlatform { platform in
            for host in [
                "00000000.caster.localhost", "my-project.caster.localhost", "example.com", "a.b.caster.localhost",
            ] {
                let reply = try await platform.get(host: host)
                #expect(reply.status == 404, "\(host)")
                #expect(reply.text.contains("No site here"), "\(host)")
            }
            for host in ["..", "a/../b.caster.localhost", "hosts", ".caster.localhost"] {
                let reply = try await platform.get(host: host)
                #expect([400, 404].contains(reply.status), "\(host)")
            }
            let site = try await platform.account().createSite()
            let empty = try await site.get()
            #expect(empty.status == 404)
            #expect(empty.text.contains("Nothing deployed yet"))
        }
    }

    @Test func thePlatformAnswersUnderItsOwnNames() async throws {
        try await withPlatform { platform in
            for host in ["localhost", "127.0.0.1", "caster.localhost", "console.caster.localhost"] {
                let reply = try await platform.get(host: host, path: "/api/v1/me")
                #expect(reply.status == 401, "\(host)")
                #expect(reply.json.names == ["error"], "\(host)")
                #expect(reply.header("X-Content-Type-Options") == "nosniff")
                #expect(reply.header("Server")?.contains("/") != true)
            }
        }
    }

    @Test func dotNamesAreNotServed() async throws {
        let files = [
            "index.html": "x", ".env": "secret", ".well-known/security.txt": "Contact: me", ".htaccess": "x",
            "a/.hidden/b.txt": "secret", ".gitignore": "*.o", ".gitattributes": "x", ".well-known/.env": "secret",
        ]
        try await withSite(files) { site, _ in
            #expect(try await site.get("/.well-known/security.txt").text == "Contact: me")
            let hidden = [
                "/.env", "/.htaccess", "/a/.hidden/b.txt", "/.git/config", "/.git/HEAD", "/.gitignore",
                "/.well-known/.env",
                "/%2eenv", "/.well-known/../.env", "/a/..%2f.env", "/.caster/no-site", "/.caster/missing",
            ]
            for path in hidden {
                let reply = try await site.get(path)
                #expect(reply.status == 404, "\(path)")
                #expect(!reply.text.contains("secret"), "\(path)")
            }
            for path in [
                "/../../../../etc/passwd", "/..%2f..%2f..%2fetc/passwd", "/%2e%2e/%2e%2e/caster.sqlite", "//etc/passwd",
            ] {
                let reply = try await site.get(path)
                #expect([400, 404].contains(reply.status), "\(path)")
                #expect(!reply.text.contains("root:"), "\(path)")
            }
        }
    }

    @Test(arguments: ["POST", "PUT", "DELETE"])
    func aSiteCanOnlyBeRead(_ method: String) async throws {
        try await withSite(["index.html": "x"]) { site, _ in
            let reply = try await site.get("/", method: method)
            #expect(reply.status == 405)
            #expect(reply.header("Allow") == "GET, HEAD")
            let head = try await site.get("/", method: "HEAD")
            #expect(head.status == 200)
            #expect(head.header("Content-Length") == "1")
        }
    }

    @Test func aSiteSetsItsOwnPolicy() async throws {
        try await withSite(["index.html": "x"]) { site, _ in
            let reply = try await site.get()
            for header in ["Content-Security-Policy", "X-Frame-Options", "Set-Cookie", "Strict-Transport-Security"] {
                #expect(reply.header(header) == nil, "\(header)")
            }
        }
    }
}
