import CasterEdge
import Testing

/// What a visitor of a site gets, from a real nginx.
@Suite struct SiteServingTests {
    @Test func typesFoldersAndRedirects() async throws {
        try await withEdge { edge in
            let host = try edge.deploy([
                "index.html": "home", "docs/index.html": "docs", "a b/index.html": "space", "m.mjs": "m", "w.wasm": "w",
                "i.avif": "i", "app.webmanifest": "{}", "notes.md": "# n", "s.svg": "<svg/>", "LICENSE": "free",
            ])
            let home = try edge.probe.get(host)
            #expect(home.status == 200)
            #expect(home.body == "home")
            #expect(home.headers["cache-control"] == "no-cache")
            #expect(home.headers["x-frame-options"] == nil)
            #expect(home.headers["content-security-policy"] == nil)
            #expect(home.headers["server"] == "nginx")
            let types = [
                "/": "text/html; charset=utf-8", "/m.mjs": "text/javascript; charset=utf-8",
                "/w.wasm": "application/wasm",
                "/i.avif": "image/avif", "/app.webmanifest": "application/manifest+json",
                "/notes.md": "text/plain; charset=utf-8", "/s.svg": "image/svg+xml",
                "/LICENSE": "application/octet-stream",
            ]
            for (path, type) in types {
                #expect(try edge.probe.get(host, path).headers["content-type"] == type, "\(path)")
            }
            #expect(try edge.probe.get(host, "/docs/").body == "docs")
            for (path, target) in ["/docs": "/docs/", "/docs?a=1": "/docs/?a=1", "/a%20b": "/a%20b/"] {
                let answer = try edge.probe.get(host, path)
                #expect(answer.status == 301)
                #expect(answer.headers["location"] == target)
            }
            #expect(try edge.probe.get("\(host.uppercased()):\(edge.port)").body == "home")
        }
    }

    @Test func aDeployShowsWithTheNextRequest() async throws {
        try await withEdge { edge in
            let connection = try HTTPProbe.Connection(port: edge.port)
            for id in 1...200 {
                let host = try edge.deploy(["index.html": "release \(1000 + id)"], id: id)
                try connection.write("GET / HTTP/1.1\r\nHost: \(host)\r\n\r\n")
                let answer = String(decoding: try #require(try connection.read()), as: UTF8.self)
                try #require(answer.hasSuffix("release \(1000 + id)"))
            }
        }
    }

    @Test func theTagStandsForTheContent() async throws {
        try await withEdge { edge in
            let host = try edge.deploy(["index.html": "one"], id: 1)
            let first = try edge.probe.get(host)
            let tag = try #require(first.headers["etag"])
            #expect(first.headers["last-modified"] == nil)
            #expect(try edge.probe.get(host, headers: ["If-None-Match": tag]).status == 304)

            // The same size, in the same second.
            try edge.deploy(["index.html": "two"], id: 2)
            let second = try edge.probe.get(host, headers: ["If-None-Match": tag])
            #expect(second.status == 200)
            #expect(second.body == "two")
            let dated = ["If-Modified-Since": "Thu, 31 Dec 2099 23:59:59 GMT"]
            #expect(try edge.probe.get(host, headers: dated).status == 200)

            // The first content again, in another release.
            try edge.deploy(["index.html": "one"], id: 3)
            #expect(try edge.probe.get(host, headers: ["If-None-Match": tag]).status == 304)
        }
    }

    @Test func rangesAndCompression() async throws {
        try await withEdge { edge in
            let text = String(repeating: "0123456789", count: 500)
            let host = try edge.deploy(["t.txt": text, "p.png": text, "short.txt": "tiny"])
            let part = try edge.probe.get(host, "/t.txt", headers: ["Range": "bytes=10-14"])
            #expect(part.status == 206)
            #expect(part.body == "01234")
            #expect(part.headers["content-range"] == "bytes 10-14/5000")
            #expect(try edge.probe.get(host, "/t.txt", headers: ["Range": "bytes=9999-"]).status == 416)

            let gzip = ["Accept-Encoding": "gzip"]
            let small = try edge.probe.get(host, "/t.txt", headers: gzip)
            #expect(small.headers["content-encoding"] == "gzip")
            #expect(small.headers["vary"] == "Accept-Encoding")
            #expect(try edge.probe.get(host, "/t.txt").headers["vary"] == "Accept-Encoding")
            let tag = try #require(small.headers["etag"])
            #expect(try edge.probe.get(host, "/t.txt", headers: ["If-None-Match": tag]).status == 304)
            #expect(try edge.probe.get(host, "/p.png", headers: gzip).headers["content-encoding"] == nil)
            #expect(try edge.probe.get(host, "/short.txt", headers: gzip).headers["content-encoding"] == nil)
        }
    }

    @Test func dotNamesDoNotExistButForWellKnown() async throws {
        try await withEdge { edge in
            let host = try edge.deploy([
                "index.html": "home", ".git/config": "secret", ".env": "secret", "a/.hidden/f": "secret",
                "a/..b": "secret",
                ".well-known/acme": "token", ".well-known/.git/x": "secret", "a/.well-known/x": "secret",
            ])
            let hidden = [
                "/.git/config", "/%2egit/config", "/%2Egit/config", "/.git", "/.env", "/%2eenv", "/a/.hidden/f",
                "/a/%2ehidden/f", "/a/..b", "//.env", "/a/../.env", "/.well-known/.git/x", "/.well-known/%2egit/x",
                "/a/.well-known/x", "/.caster/missing", "/.caster/no-site",
            ]
            for path in hidden {
                let answer = try edge.probe.get(host, path)
                #expect(answer.status == 404, "\(path)")
                #expect(!answer.body.contains("secret"), "\(path)")
            }
            for path in ["/../../../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/a%00"] {
                #expect(try edge.probe.get(host, path).status == 400, "\(path)")
            }
            #expect(try edge.probe.get(host, "/.well-known/acme").body == "token")
        }
    }

    @Test func everyKindOfNothingHasItsPage() async throws {
        try await withEdge { edge in
            let host = try edge.deploy(["index.html": "home", "empty/x.txt": "x"])
            for path in ["/nope", "/empty/", "/nope/", "/index.html/x"] {
                let answer = try edge.probe.get(host, path)
                #expect(answer.status == 404, "\(path)")
                #expect(answer.body.contains("Page not found"), "\(path)")
            }

            let own = try edge.deploy(["404.html": "our own", "x/y.html": "y"], label: "89abcdef")
            for path in ["/", "/nope", "/x/", "/.git/config"] {
                let answer = try edge.probe.get(own, path)
                #expect(answer.status == 404, "\(path)")
                #expect(answer.body == "our own", "\(path)")
            }

            try edge.routes.reserve(host: "fedcba98.\(edge.domain)")
            let new = try edge.probe.get("fedcba98.\(edge.domain)")
            #expect(new.status == 404)
            #expect(new.body.contains("Nothing deployed yet"))

            for host in ["00000000.\(edge.domain)", "a.b.\(edge.domain)", "example.com", "evil.\(edge.domain).com"] {
                let answer = try edge.probe.get(host, "/x")
                #expect(answer.status == 404, "\(host)")
                #expect(answer.body.contains("No site here"), "\(host)")
                #expect(answer.headers["content-type"] == "text/html; charset=utf-8")
            }
            #expect(try edge.probe.send("GET / HTTP/1.0\r\n\r\n").body.contains("No site here"))
        }
    }

    @Test func sitesAreOnlyRead() async throws {
        try await withEdge { edge in
            let host = try edge.deploy(["index.html": "home"])
            for method in ["POST", "PUT", "DELETE", "OPTIONS", "TRACE"] {
                let answer = try edge.probe.get(host, method: method)
                #expect(answer.status == 405, "\(method)")
                #expect(answer.headers["allow"] == "GET, HEAD", "\(method)")
            }
            for nobody in ["nobody.\(edge.domain)", "www.example.com"] {
                let answer = try edge.probe.get(nobody, method: "POST")
                #expect(answer.status == 404, "\(nobody)")
                #expect(answer.body.contains("No site here"))
            }
            let head = try edge.probe.get(host, method: "HEAD")
            #expect(head.status == 200)
            #expect(head.headers["content-length"] == "4")
            #expect(head.body.isEmpty)
        }
    }

    @Test func aNameShowsItsSite() async throws {
        try await withEdge { edge in
            let host = try edge.deploy(["index.html": "one"], id: 1)
            let name = "my-own-name.\(edge.domain)"
            try edge.routes.alias(host: name, of: host)
            #expect(try edge.probe.get(name).body == "one")
            try edge.deploy(["index.html": "two"], id: 2)
            #expect(try edge.probe.get(name).body == "two")
            try edge.routes.remove(host: host)
            #expect(try edge.probe.get(name).body.contains("No site here"))
        }
    }
}
