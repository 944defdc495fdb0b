import Foundation
import Testing

/// `POST /sites/{identifier}/deploy`: an archive becomes the site.
@Suite(.timeLimit(.minutes(2)))
struct UploadTests {
    @Test func everyKindOfArchive() async throws {
        try await withPlatform { platform in
            let site = try await platform.account().createSite()
            let archives = try await platform.archives()
            var hashes: Set<String> = []
            for name in ["plain.zip", "wrapped.zip", "plain.tar", "wrapped.tar", "plain.tar.gz", "wrapped.tar.gz"] {
                let reply = try await site.upload("\(archives)/\(name)")
                #expect(reply.status == 202, "\(name): \(reply.text)")
                #expect(reply.json.names == ["deployment_id", "environment", "content_hash", "status"])
                #expect(reply.json["environment"] == .string("prod"))
                #expect(reply.json["status"] == .string("accepted"))
                try await site.untilLive(reply)
                #expect(try await site.get().text == "<h1>Up</h1>", "\(name)")
                #expect(try await site.get("/my-site-1.0/index.html").status == 404)
                hashes.insert(reply.json["content_hash"]?.string ?? "")
                // Something else between the archives, so that each of them counts.
                try await site.pastePage(name)
            }
            #expect(hashes.count == 1, "the same files, the same hash: \(hashes)")

            // The name and the type that a client gives do not count: the content does.
            let disguised = try await site.owner.curl(
                ["--form", "file=@\(archives)/plain.tar.gz;filename=site.zip;type=image/png"],
                "/sites/\(site.short)/deploy")
            try await site.untilLive(disguised)
            #expect(try await site.get().text == "<h1>Up</h1>")
            #expect(try await site.deployments()[0]["source"] == .string("upload"))
            #expect(try FileManager.default.contentsOfDirectory(atPath: "\(platform.dataFolder)/uploads").isEmpty)

            let clone = try await site.clone()
            #expect(FileManager.default.isExecutableFile(atPath: "\(clone.folder)/bin/run.sh"))
            #expect(!FileManager.default.isExecutableFile(atPath: "\(clone.folder)/index.html"))
        }
    }

    @Test func hostileArchivesLeaveNothing() async throws {
        try await withPlatform(settings: ["CASTER_ARCHIVE_RATIO": "10"]) { platform in
            let site = try await platform.account().createSite()
            try await site.pastePage("before")
            let stored = try site.stored
            let archives = try await platform.archives()
            let cases: [(name: String, status: Int, word: String)] = [
                ("traversal.zip", 400, "evil"), ("absolute.tar", 400, "evil"), ("git.tar.gz", 400, ".GIT"),
                ("link.zip", 400, "evil"), ("symlink.tar", 400, "special"), ("hardlink.tar", 400, "special"),
                ("device.tar", 400, "special"), ("pipe.tar", 400, "special"), ("twice.zip", 400, "twice"),
                ("encrypted.zip", 400, "secret.txt"), ("bomb.zip", 413, "CASTER_ARCHIVE_RATIO"),
                ("bomb.tar.gz", 413, "CASTER_ARCHIVE_RATIO"), ("cut.tar.gz", 400, ""), ("cut.zip", 400, ""),
                ("text.zip", 400, ""), ("empty.zip", 400, ""), ("nothing.tar", 400, ""),
            ]
            for (name, status, word) in cases {
                let reply = try await site.upload("\(archives)/\(name)")
                #expect(reply.status == status, "\(name): \(reply.status) \(reply.text)")
                expectError(reply, status, word)
                #expect(try site.stored == stored, "\(name) left something in the repository")
            }
            #expect(try await site.deployments().count == 1)
            #expect(try await site.get().text == "before")
            #expect(try FileManager.default.contentsOfDirectory(atPath: "\(platform.dataFolder)/uploads").isEmpty)
            #expect(try await site.clone().git("rev-list", "--all", "--count").line == "1")
            for evil in ["/tmp/evil", "\(platform.folder)/evil", "\(platform.dataFolder)/evil"] {
                #expect(!FileManager.default.fileExists(atPath: evil))
            }
            // Nor does it stand in the way of a better one.
            try await site.untilLive(site.upload("\(archives)/plain.zip"))
            #expect(try await site.get().text == "<h1>Up</h1>")
            #expect(try site.stored.isStrictSuperset(of: stored))
        }
    }

    @Test func formsThatAreNone() async throws {
        try await withPlatform(settings: ["CASTER_ARCHIVE_BYTES": "200000"]) { platform in
            let site = try await platform.account().createSite()
            let archives = try await platform.archives()
            let path = "/sites/\(site.short)/deploy"
            expectError(
                try await site.owner.curl(["--form", "archive=@\(archives)/plain.zip"], path), 400, "named file")
            expectError(
                try await site.owner.curl(
                    ["--form", "file=@\(archives)/plain.zip", "--form", "file=@\(archives)/plain.tar"], path), 400,
                "more than one")
            let json = try await site.owner.api("POST", path, body: "{}")
            expectError(json, 415, "multipart/form-data")
            expectError(try await site.owner.curl(["--request", "POST"], path), 415, "")
            expectError(
                try await site.owner.curl(["--header", "Content-Type: multipart/form-data", "--data", "x"], path), 400,
                "")
            expectError(
                try await site.owner.curl(
                    ["--header", "Content-Type: multipart/form-data; boundary=x", "--data", "--x\r\n"], path), 400, "")

            // Other fields beside the file are nobody's business.
            let file = try Noise.bytes(150_000)
            try file.write(to: URL(filePath: "\(platform.folder)/noise"))
            _ = try await run(
                ["tar", "-czf", "\(platform.folder)/fits.tgz", "-C", platform.folder, "noise"]).orThrow("tar")
            try await site.untilLive(site.upload("\(platform.folder)/fits.tgz", ["--form", "note=hello"]))

            try Noise.bytes(200_001).write(to: URL(filePath: "\(platform.folder)/large.zip"))
            let tooLarge = try await site.upload("\(platform.folder)/large.zip")
            expectError(tooLarge, 413, "200000 bytes (CASTER_ARCHIVE_BYTES)")
            let chunked = try await site.upload(
                "\(platform.folder)/large.zip", ["--header", "Transfer-Encoding: chunked"])
            expectError(chunked, 413, "CASTER_ARCHIVE_BYTES")
            #expect(try await site.deployments().count == 1)
            #expect(try FileManager.default.contentsOfDirectory(atPath: "\(platform.dataFolder)/uploads").isEmpty)
        }
    }
}

extension Site {
    /// Paths of everything in the repository: refs, objects, packs and whatever is on its way. Of the folders that git
    /// sorts objects into, only what is in them.
    var stored: Set<String> {
        get throws {
            let paths = try FileManager.default.subpathsOfDirectory(atPath: repository)
            return Set(paths.filter { $0.wholeMatch(of: /objects\/[0-9a-f]{2}/) == nil })
        }
    }
}

extension Platform {
    /// Makes the archives of `Scripts/archives.py`, and returns the folder.
    func archives() async throws -> String {
        let folder = "\(folder)/archives"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        _ = try await run(["/usr/bin/python3", "-W", "ignore", Build.script("archives.py"), folder]).orThrow(
            "archives.py")
        return folder
    }
}
