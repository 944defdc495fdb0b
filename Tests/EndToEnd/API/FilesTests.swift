import Foundation
import Testing

/// `sites/{identifier}/files`: reading a site's files, and changing some.
@Suite(.timeLimit(.minutes(2)))
struct FilesTests {
    private func patch(_ site: Site, _ body: String) async throws -> Reply {
        try await site.owner.api("PATCH", "/sites/\(site.short)/files", body: body)
    }

    @Test func readAndChange() async throws {
        try await withPlatform { platform in
            let site = try await platform.account().createSite()
            let path = "/sites/\(site.short)/files"
            expectError(try await site.owner.api("GET", path), 404, "no files yet")
            expectError(
                try await patch(site, #"{"base": "\#(String(repeating: "0", count: 40))", "delete": ["a"]}"#), 404,
                "no files yet")
            try await site.untilLive(
                site.paste(
                    PastedFile("index.html", "<h1>é</h1>"), PastedFile("a b/c+d.txt", "text"),
                    PastedFile("logo.png", "iVBORw0K/w==", encoding: "base64")))

            let list = try await site.owner.api("GET", path).json
            #expect(
                list["files"]?.array?.map { $0["name"] } == [
                    .string("a b/c+d.txt"), .string("index.html"), .string("logo.png"),
                ])
            #expect(list["files"]?.array?.map { $0["size"] } == [.number(4), .number(11), .number(7)])
            #expect(list["files"]?.array?.allSatisfy { $0["content"] == nil } == true)
            let base = try #require(list["commit_sha"]?.string)
            let newest = try await site.deployments()[0]
            #expect(newest["commit_sha"] == list["commit_sha"])
            #expect(newest["content_hash"] == list["content_hash"])

            // Contents as long as there is room, in the form that paste takes.
            let some = try await site.owner.api("GET", "\(path)?bytes=15").json
            #expect(some["files"]?.array?.map { $0["content"] } == [.string("text"), .string("<h1>é</h1>"), nil])
            let all = try await site.owner.api("GET", "\(path)?bytes=1000000000").json
            #expect(all["files"]?.array?.last?["content"] == .string("iVBORw0K/w=="))
            #expect(all["files"]?.array?.last?["encoding"] == .string("base64"))
            #expect(try await site.owner.api("GET", "\(path)?prefix=a%20").json["files"]?.array?.count == 1)
            let one = try await site.owner.api("GET", "\(path)/content?name=a%20b/c%2Bd.txt").json
            #expect(one["content"] == .string("text"))
            #expect(one["commit_sha"] == .string(base))
            for name in ["none", "a%20b", "../x", ".git/config"] {
                expectError(try await site.owner.api("GET", "\(path)/content?name=\(name)"), 404, "there is no file")
            }
            expectError(try await site.owner.api("GET", "\(path)/content"), 400, "name is missing")
            expectError(try await site.owner.api("GET", "\(path)?bytes=x"), 400, "bytes")
            expectError(try await site.owner.api("GET", "\(path)?commit=x"), 400, "40 hex digits")
            expectError(
                try await site.owner.api("GET", "\(path)?commit=\(String(repeating: "a", count: 40))"), 404, "no commit"
            )

            let reply = try await patch(
                site,
                #"{"base": "\#(base)", "files": [{"name": "index.html", "content": "new"}, {"name": "x/y", "content": "z"}], "delete": ["a b/c+d.txt"]}"#
            )
            #expect(reply.status == 202)
            #expect(reply.json.names == ["deployment_id", "environment", "content_hash", "status"])
            try await site.untilLive(reply)
            #expect(try await site.get().text == "new")
            #expect(try await site.get("/x/y").text == "z")
            #expect(try await site.get("/a%20b/c+d.txt").status == 404)
            #expect(try await site.get("/logo.png").body.count == 7)
            let now = try await site.owner.api("GET", path).json
            #expect(
                now["files"]?.array?.map { $0["name"] } == [.string("index.html"), .string("logo.png"), .string("x/y")])
            #expect(try await site.owner.api("GET", "\(path)?commit=\(base)").json["files"] == list["files"])

            // Too late: what changed since is named, and nothing happens.
            let late = try await patch(site, #"{"base": "\#(base)", "files": [{"name": "logo.png", "content": ""}]}"#)
            expectError(late, 409, "has changed since")
            for name in ["index.html", "x/y", "a b/c+d.txt"] { #expect(late.text.contains(name), "\(late.text)") }
            #expect(!late.text.contains("logo.png"))
            expectError(
                try await patch(site, #"{"base": "\#(String(repeating: "a", count: 40))", "delete": ["x/y"]}"#), 409,
                "no commit of this site")
            #expect(try await site.owner.api("GET", path).json == now)
        }
    }

    @Test func changesThatMakeNoSense() async throws {
        try await withPlatform { platform in
            let site = try await platform.account().createSite()
            try await site.untilLive(
                site.paste(PastedFile("index.html", "one"), PastedFile("a/b/c", "deep"), PastedFile("é", "composed")))
            let path = "/sites/\(site.short)/files"
            let base = try #require(try await site.owner.api("GET", path).json["commit_sha"]?.string)
            let hash = try await site.deployments()[0]["content_hash"]
            let stored = try site.stored
            for (rest, status, words) in [
                ("", 400, "at least one file"), (#", "files": [], "delete": []"#, 400, "at least one file"),
                (#", "delete": ["none"]"#, 400, "no file \"none\""), (#", "delete": ["a"]"#, 400, "is a folder"),
                (#", "delete": ["a/b/c", "index.html", "é"]"#, 400, "delete the site"),
                (#", "delete": ["index.html/x"]"#, 400, "is no folder"),
                (#", "files": [{"name": "a/b", "content": ""}]"#, 400, "is a folder"),
                (#", "files": [{"name": "index.html/x", "content": ""}]"#, 400, "is no folder"),
                (#", "files": [{"name": "x", "content": ""}], "delete": ["x"]"#, 400, "there twice"),
                (#", "files": [{"name": ".git/x", "content": ""}]"#, 400, "cannot be a file's path"),
                (#", "files": [{"name": "git~1", "content": ""}]"#, 400, "not a name that git accepts"),
                (#", "files": [{"name": "e\u0301", "content": ""}]"#, 400, "another spelling"),
                (#", "delete": [7]"#, 400, "delete"),
            ] {
                expectError(try await patch(site, #"{"base": "\#(base)"\#(rest)}"#), status, words)
                #expect(try site.stored == stored, "\(rest) left something in the repository")
            }
            expectError(try await patch(site, #"{"delete": ["index.html"]}"#), 400, "base")
            let now = try await site.owner.api("GET", path).json
            #expect(now["commit_sha"] == .string(base))
            // What changes nothing is live already.
            let same = try await patch(
                site, #"{"base": "\#(base)", "files": [{"name": "index.html", "content": "one"}]}"#)
            #expect(same.json["content_hash"] == hash)
            try await site.untilLive(same)
        }
    }

    /// Of what a push brought, a patch leaves everything as it is that it does not name.
    @Test func modesAndLinksStay() async throws {
        try await withPlatform { platform in
            let site = try await platform.account().createSite()
            let checkout = try await site.checkout()
            try checkout.write("run.sh", "#!/bin/sh\n")
            try checkout.write("index.html", "one")
            _ = try await checkout.shell("chmod +x run.sh && ln -s index.html link.html")
            try await checkout.commit()
            _ = try await checkout.push().orThrow("push")
            let path = "/sites/\(site.short)/files"
            let list = try await site.owner.api("GET", "\(path)?bytes=1000").json
            #expect(list["files"]?.array?[1]["symlink"] == .bool(true))
            #expect(list["files"]?.array?[1]["content"] == nil)
            expectError(try await site.owner.api("GET", "\(path)/content?name=link.html"), 404, "there is no file")
            let base = try #require(list["commit_sha"]?.string)
            try await site.untilLive(
                patch(site, #"{"base": "\#(base)", "files": [{"name": "run.sh", "content": "ls\n"}]}"#))
            try await checkout.git("pull", "--quiet", "caster", "main")
            let tree = try await checkout.git("ls-tree", "HEAD").text
            #expect(tree.contains(/120000 blob .*link.html/))
            #expect(tree.contains(/100755 blob .*run.sh/))
            #expect(try await checkout.git("log", "-1", "--format=%an %s").line.contains("Changed by paste"))
            #expect(try await checkout.git("rev-parse", "HEAD~1").line == base)
        }
    }

    /// Of many who change the same state at once, one succeeds: nobody's change is lost unseen.
    @Test func atTheSameTime() async throws {
        try await withPlatform { platform in
            let site = try await platform.account().createSite()
            try await site.pastePage("one")
            let path = "/sites/\(site.short)/files"
            let base = try #require(try await site.owner.api("GET", path).json["commit_sha"]?.string)
            let programs = try (0..<8).map { number in
                try platform.beginCurl(
                    [
                        "--request", "PATCH", "--data",
                        #"{"base": "\#(base)", "files": [{"name": "index.html", "content": "by \#(number)"}]}"#,
                    ], path, key: site.owner.apiKey)
            }
            var statuses: [Int] = []
            for program in programs { statuses.append(try await program.reply().status) }
            #expect(statuses.sorted() == [202] + Array(repeating: 409, count: 7))
        }
    }
}
