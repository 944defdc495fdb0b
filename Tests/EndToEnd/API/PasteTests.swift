import Foundation
import Testing

/// `POST /sites/{identifier}/paste`: files in a JSON body become the site.
@Suite(.timeLimit(.minutes(2)))
struct PasteTests {
    @Test func theSeedsExample() async throws {
        try await withPlatform { platform in
            let site = try await platform.account().createSite()
            let reply = try await site.owner.api(
                "POST", "/sites/\(site.short)/paste",
                body: """
                    {
                      "files": [
                        {"name": "index.html", "content": "<h1>Hello World</h1>"},
                        {"name": "style.css", "content": "body { color: #333; }"}
                      ]
                    }
                    """)
            #expect(reply.status == 202)
            #expect(reply.json.names == ["deployment_id", "content_hash", "status"])
            #expect(reply.json["deployment_id"] == .number(1))
            #expect(reply.json["status"] == .string("accepted"))
            let hash = try #require(reply.json["content_hash"]?.string)
            #expect(hash.wholeMatch(of: /[0-9a-f]{40}/) != nil)

            let id = try await site.untilLive(reply)
            #expect(try await site.get().text == "<h1>Hello World</h1>")
            let style = try await site.get("/style.css")
            #expect(style.text == "body { color: #333; }")
            #expect(style.header("Content-Type")?.hasPrefix("text/css") == true)
            let deployment = try await site.deployment(id)
            #expect(deployment["content_hash"] == .string(hash))
            #expect(deployment["source"] == .string("paste"))
        }
    }

    @Test func aPasteReplacesTheWholeContent() async throws {
        try await withPlatform { platform in
            let site = try await platform.account().createSite()
            let bytes = Data((0...255).map { UInt8($0) })
            try await site.untilLive(
                site.paste(
                    PastedFile("index.html", "one"), PastedFile("a/b/c.txt", "deep"),
                    PastedFile("all.bin", bytes.base64EncodedString(), encoding: "base64"),
                    PastedFile("ü/日本 語.txt", "Ω")))
            #expect(try await site.get("/a/b/c.txt").text == "deep")
            #expect(try await site.get("/all.bin").body == bytes)
            #expect(try await site.get("/%C3%BC/%E6%97%A5%E6%9C%AC%20%E8%AA%9E.txt").text == "Ω")

            try await site.untilLive(site.paste(PastedFile("other.html", ""), PastedFile("a", "now a file")))
            #expect(try await site.get("/a").text == "now a file")
            #expect(try await site.get("/other.html").body.isEmpty)
            for path in ["/index.html", "/a/b/c.txt", "/all.bin"] { #expect(try await site.get(path).status == 404) }
        }
    }

    @Test func namesThatAreRefused() async throws {
        try await withPlatform { platform in
            let site = try await platform.account().createSite()
            let names = [
                "", "/", "/etc/passwd", "a/", "a//b", ".", "./a", "a/./b", "..", "../a", "a/../b", "a/..", "a\\b",
                "..\\a",
                "a\0b", "a\nb", "a\u{7f}", "a\u{85}b", ".git", ".git/config", ".GIT/config", "a/.Git/config",
                "git~1/config",
                ".git /config", ".git./config", ".g\u{200c}it/config", "a/.git::$INDEX_ALLOCATION/config",
                String(repeating: "n", count: 256), String(repeating: "d/", count: 512) + "f",
            ]
            for name in names {
                let reply = try await site.paste(PastedFile("index.html", "x"), PastedFile(name, "x"))
                #expect(reply.status == 400, "\(name.debugDescription.prefix(60))")
                expectError(reply, 400, "")
                #expect(!reply.text.contains("\\u0000") && !reply.text.contains("\u{7f}"), "\(reply.text)")
            }
            #expect(try await site.deployments().isEmpty)
            #expect(try await site.get().text.contains("Nothing deployed yet"))
            // Names that only look bad.
            let fine = [
                ".gitignore", "a/.gitkeep", "...", "git", ".well-known/x", "a b", "a'\"`$(id);&|<>*?.txt", "-rf",
            ]
            try await site.untilLive(site.paste(fine.map { PastedFile($0, $0) }))
            #expect(try await site.get("/.well-known/x").text == ".well-known/x")
            #expect(try await site.get("/a%20b").text == "a b")
            #expect(try await site.get("/-rf").text == "-rf")
        }
    }

    @Test func filesThatContradictEachOther() async throws {
        try await withPlatform { platform in
            let site = try await platform.account().createSite()
            let cases: [[PastedFile]] = [
                [PastedFile("a", "1"), PastedFile("a", "2")],
                [PastedFile("a", "1"), PastedFile("a/b", "2")],
                [PastedFile("a/b/c", "1"), PastedFile("a/b", "2")],
                // The same letter, composed in two ways.
                [PastedFile("\u{e9}", "1"), PastedFile("e\u{301}", "2")],
                [PastedFile("\u{e9}/a", "1"), PastedFile("e\u{301}/b", "2")],
                [],
            ]
            for files in cases { expectError(try await site.paste(files), 400, "") }
            expectError(
                try await site.paste(PastedFile("a", "no base64!", encoding: "base64")), 400, "is not base64")
            expectError(try await site.paste(PastedFile("a", "x", encoding: "rot13")), 400, "encoding")
            let bodies = [
                "{}", "[]", #"{"files": {}}"#, #"{"files": [1]}"#, #"{"files": [{"name": "a"}]}"#,
                #"{"files": [{"content": "a"}]}"#, #"{"files": [{"name": "a", "content": null}]}"#,
                #"{"files": [{"name": "a", "content": "x"}"#,
            ]
            for body in bodies {
                expectError(try await site.owner.api("POST", "/sites/\(site.short)/paste", body: body), 400, "")
            }
            #expect(try await site.deployments().isEmpty)
        }
    }

    @Test func limitsAtAndOver() async throws {
        let settings = ["CASTER_UPLOAD_FILES": "3", "CASTER_UPLOAD_FILE_BYTES": "1000", "CASTER_UPLOAD_BYTES": "2000"]
        try await withPlatform(settings: settings) { platform in
            let site = try await platform.account().createSite()
            func file(_ name: String, _ count: Int) -> PastedFile {
                PastedFile(name, String(repeating: "x", count: count))
            }
            try await site.untilLive(site.paste(file("a", 1000), file("b", 1000), file("c", 0)))
            expectError(try await site.paste(file("a", 1001)), 413, "1000 bytes (CASTER_UPLOAD_FILE_BYTES)")
            expectError(
                try await site.paste(file("a", 1000), file("b", 999), file("c", 2)), 413,
                "2000 bytes (CASTER_UPLOAD_BYTES)")
            let four = ["a", "b", "c", "d"].map { file($0, 1) }
            expectError(try await site.paste(four), 413, "3 files (CASTER_UPLOAD_FILES)")
            // Beyond what any such site could need, nothing is read.
            expectError(try await site.paste(file("a", 100_000)), 413, "CASTER_UPLOAD_BYTES")
            #expect(try await site.deployments().count == 1)
            #expect(try await site.get("/a").body.count == 1000)
        }
    }

    @Test func theSameFilesThroughEveryDoor() async throws {
        try await withPlatform { platform in
            let account = try await platform.account()
            let pushed = try await account.createSite()
            let checkout = try await pushed.checkout()
            let files = ["index.html": "<p>same", "a/b.txt": "b\r\n", "ü.txt": "ü"]
            try await checkout.commit(files)
            #expect(try await checkout.push().succeeded)
            let hash = try #require(try await pushed.deployments()[0]["content_hash"]?.string)
            #expect(try await checkout.git("rev-parse", "HEAD^{tree}").line == hash)

            let pasted = try await account.createSite()
            let reply = try await pasted.paste(files.map { PastedFile($0.key, $0.value) })
            #expect(reply.json["content_hash"] == .string(hash))
            let uploaded = try await account.createSite()
            let archive = "\(account.home)/same.tar.gz"
            _ = try await checkout.shell("tar -czf \(archive) --exclude .git .").orThrow("tar")
            #expect(try await uploaded.upload(archive).json["content_hash"] == .string(hash))
            let once = try await account.api(
                "POST", "/deploy", body: FilesRequest(files.map { PastedFile($0.key, $0.value) }).text)
            let onceSite = try account.site(once.json["site"])
            #expect(try await onceSite.deployments()[0]["content_hash"] == .string(hash))

            // What was pasted can be cloned, changed and pushed.
            try await pasted.untilLive(reply)
            let clone = try await pasted.clone()
            #expect(try await clone.git("rev-parse", "HEAD^{tree}").line == hash)
            #expect(try await clone.git("log", "-1", "--format=%ae %s").line == "\(account.email) Deployed by paste")
            try await clone.commit(["index.html": "changed"])
            #expect(try await clone.push("origin", "main").text.contains("Live in"))
            #expect(try await pasted.get().text == "changed")
        }
    }

    @Test func anEqualTreeIsLiveAtOnceAndNothingIsBuilt() async throws {
        try await withPlatform(roles: .apart) { platform in
            let site = try await platform.account().createSite()
            try await site.pastePage("same")
            let releases = "\(platform.dataFolder)/sites/\(site.siteID)"
            #expect(try FileManager.default.contentsOfDirectory(atPath: releases) == ["1"])
            // Without a worker nothing can be built.
            try await platform.kill(.build)

            let again = try await site.paste(PastedFile("index.html", "same"))
            #expect(again.status == 202)
            #expect(again.json["deployment_id"] == .number(2))
            let deployment = try await site.deployment(2)
            #expect(deployment["status"] == .string("live"))
            #expect(deployment["finished_at"]?.string != nil)
            #expect(deployment["build_log"]?.string?.contains("live already") == true)
            #expect(try await site.deployment(1)["status"] == .string("superseded"))
            #expect(try FileManager.default.contentsOfDirectory(atPath: releases) == ["1"])
            #expect(try await site.get().text == "same")
            try platform.start(.build)
        }
    }
}
