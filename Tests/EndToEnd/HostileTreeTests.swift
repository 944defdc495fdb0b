import Foundation
import Glibc
import Testing

/// Trees that nobody makes by accident: the push says what is wrong, what was live stays live, and no visitor reads
/// anything but the site.
@Suite(.timeLimit(.minutes(3)))
struct HostileTreeTests {
    private static let secret = "the secret of the operator"

    /// A site with a live page, and a file beside the data folder that no visitor may get.
    private func withVictim(
        settings: [String: String] = [:], _ body: (Site, Checkout, String) async throws -> Void
    ) async throws {
        try await withPlatform(settings: settings) { platform in
            let secret = "\(platform.folder)/secret.txt"
            try Self.secret.write(toFile: secret, atomically: true, encoding: .utf8)
            let site = try await platform.account().createSite()
            try await body(site, site.deployed("good and live"), secret)
        }
    }

    struct Refused: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let tree: [String: HostileEntry]
        /// What git says of it.
        let word: String
    }

    static let refusedByGit = [
        Refused(testDescription: ".git", tree: [".git": .folder(["config": .file("x")])], word: "hasDotgit"),
        Refused(testDescription: ".GIT", tree: [".GIT": .folder(["config": .file("x")])], word: "hasDotgit"),
        Refused(testDescription: "git~1", tree: ["git~1": .folder(["config": .file("x")])], word: "hasDotgit"),
        Refused(testDescription: "nested", tree: ["a": .folder([".git": .file("x")])], word: "hasDotgit"),
        Refused(testDescription: "..", tree: ["..": .folder(["x": .file("x")])], word: "hasDotdot"),
        Refused(testDescription: ".", tree: [".": .file("x")], word: "hasDot"),
        Refused(testDescription: "a/b", tree: ["a/../../x": .file("x")], word: "fullPathname"),
        Refused(
            testDescription: ".gitmodules link", tree: [".gitmodules": .link("/etc/passwd")], word: "gitmodulesSymlink"),
    ]

    @Test func gitItselfRefuses() async throws {
        try await withVictim { site, checkout, _ in
            for refused in Self.refusedByGit {
                var tree = refused.tree
                tree["index.html"] = .file("evil")
                let push = try await checkout.pushHostile(tree)
                #expect(push.status == 1, "\(refused.testDescription): \(push.text)")
                #expect(push.text.contains(refused.word), "\(refused.testDescription): \(push.text)")
                #expect(push.text.contains("rejected"), "\(refused.testDescription): \(push.text)")
            }
            #expect(try await site.get().text == "good and live")
            #expect(try await site.deployments().count == 1)
        }
    }

    /// Trees that pass as git, and cannot be a site.
    static func refusedByTheRelease(secret: String) -> [Refused] {
        [
            Refused(testDescription: "absolute", tree: ["out": .link(secret)], word: #"symlink "out" leads out"#),
            Refused(
                testDescription: "relative", tree: ["a": .folder(["out": .link("../../../secret.txt")])],
                word: #"symlink "a/out" leads out"#),
            Refused(
                testDescription: "through another link", tree: ["l": .link("."), "m": .link("l/../../x")],
                word: #"symlink "m" leads out"#),
            Refused(
                testDescription: "one level through another link", tree: ["l": .link("."), "m": .link("l/../x")],
                word: #"symlink "m" leads out"#),
            Refused(
                testDescription: "through a folder's link",
                tree: ["a": .folder(["b": .folder(["up": .link("../..")])]), "m": .link("a/b/up/../x")],
                word: #"symlink "m" leads out"#),
            Refused(testDescription: "circle", tree: ["x": .link("y"), "y": .link("x")], word: "leads in a circle"),
            Refused(testDescription: "root", tree: ["r": .link("/")], word: #"symlink "r" leads out"#),
            Refused(testDescription: "proc", tree: ["p": .link("/proc/self/root")], word: #"symlink "p" leads out"#),
            Refused(testDescription: "not UTF-8", tree: ["caf\u{e9}": .file("x")], word: "not a name"),
        ]
    }

    @Test func whatLeavesTheSiteFailsAndChangesNothing() async throws {
        try await withVictim { site, checkout, secret in
            let refusals = Self.refusedByTheRelease(secret: secret)
            for refused in refusals {
                var tree = refused.tree
                tree["index.html"] = .file("evil")
                let push = try await checkout.pushHostile(tree)
                let name = refused.testDescription
                #expect(push.status == 0, "\(name): \(push.text)")
                #expect(push.text.contains("Failed: "), "\(name): \(push.text)")
                #expect(push.text.contains(refused.word), "\(name): \(push.text)")
                #expect(push.text.contains("The earlier version is still live: \(site.url)"), "\(name): \(push.text)")
                #expect(try await site.get().text == "good and live", "\(name)")
                for path in ["/out", "/a/out", "/m", "/r/etc/passwd", "/p/etc/passwd"] {
                    #expect(try await site.get(path).status == 404, "\(name): \(path)")
                }
            }
            #expect(try await site.deployments().filter { $0["status"] == .string("failed") }.count == refusals.count)
            // The next good push is not in anybody's way.
            try await checkout.commit(["index.html": "better"])
            #expect(try await checkout.push("--force", "caster", "main").text.contains("Live in"))
            #expect(try await site.get().text == "better")
        }
    }

    @Test func linksThatStayInsideAreServed() async throws {
        try await withVictim { site, checkout, _ in
            let push = try await checkout.pushHostile([
                "index.html": .file("linked"), "copy.html": .link("index.html"), "here": .link("."),
                "a": .folder(["up.html": .link("../index.html")]), "dangling": .link("nowhere"),
            ])
            #expect(push.text.contains("Live in"), "\(push.text)")
            for path in ["/copy.html", "/here/index.html", "/a/up.html"] {
                #expect(try await site.get(path).text == "linked", "\(path)")
            }
            #expect(try await site.get("/dangling").status == 404)
        }
    }

    @Test func setIDBitsNeverArrive() async throws {
        try await withVictim { site, checkout, _ in
            let push = try await checkout.pushHostile([
                "index.html": .file("new"), "suid": .file("x", mode: "104755"), "sgid": .file("x", mode: "102755"),
                "sticky": .file("x", mode: "101777"), "writable": .file("x", mode: "100666"),
            ])
            // To git, odd modes are worth a warning.
            #expect(push.status == 0)
            #expect(push.text.contains("Live in"), "\(push.text)")
            #expect(try await site.get("/suid").text == "x")
            let release = "\(site.platform.dataFolder)/sites/\(site.siteID)/2"
            let modes = try await run(["find", release, "-type", "f", "-printf", "%f %m\n"]).orThrow("find")
            #expect(
                modes.lines.sorted() == ["index.html 644", "sgid 755", "sticky 755", "suid 755", "writable 644"],
                "\(modes.text)")
        }
    }

    @Test func submodulesAreNamedAndSkipped() async throws {
        try await withVictim { site, checkout, _ in
            let push = try await checkout.pushHostile([
                "index.html": .file("with a submodule"), "lib": .folder(["theirs": .submodule]),
            ])
            #expect(push.status == 0)
            let skipped = /Skipped the submodule "?lib\/theirs"?: its files are not in this repository/
            #expect(push.text.firstMatch(of: skipped) != nil, "\(push.text)")
            #expect(push.text.contains("Live in"))
            #expect(try await site.get().text == "with a submodule")
        }
    }

    @Test func manySubmodulesAreCounted() async throws {
        try await withVictim { site, checkout, _ in
            let submodules = (1...23).map { ("theirs\($0)", HostileEntry.submodule) }
            let push = try await checkout.pushHostile([
                "index.html": .file("many"), "lib": .folder(Dictionary(uniqueKeysWithValues: submodules)),
            ])
            #expect(push.text.contains("Live in"), "\(push.text)")
            let log = try #require(try await site.deployment(2)["build_log"]?.string)
            #expect(log.split(separator: "\n").count { $0.hasPrefix("Skipped the submodule ") } == 20, "\(log)")
            #expect(log.contains("Skipped 3 more submodules\n"), "\(log)")
        }
    }

    /// What a file system may take for `.git` is left out; what merely begins like it is a page like any other.
    @Test func onlyGitsOwnNamesAreLeftOut() async throws {
        try await withVictim { site, checkout, _ in
            let names = ["git~2", "GIT~34", ".gitkeep", "git~notes.txt", "git~2.txt", "gitarre.html"]
            let files = names.map { ($0, HostileEntry.file("this is \($0)")) }
            let push = try await checkout.pushHostile(Dictionary(uniqueKeysWithValues: files))
            #expect(push.text.contains("Static site: 3 files"), "\(push.text)")
            for name in names.prefix(3) { #expect(try await site.get("/\(name)").status == 404, "\(name)") }
            for name in names.suffix(3) { #expect(try await site.get("/\(name)").text == "this is \(name)") }
        }
    }

    /// Names that would write into somebody's terminal, or pretend to be lines of the platform's.
    @Test func namesCannotForgeTheOutput() async throws {
        try await withVictim { site, checkout, _ in
            let push = try await checkout.pushHostile([
                "index.html": .file("fine"), "a\nLive in 1 ms (deployment 9): evil.example": .submodule,
                "b\u{1b}[2J\u{1b}]0;owned\u{7}": .submodule, "c\r\u{c2}\u{9b}2J": .file("x"),
                "d\nremote: Live in 2 ms (deployment 8): evil.example": .file("x"),
            ])
            #expect(push.text.contains("Skipped the submodule"))
            #expect(push.text.contains("(deployment 2): \(site.url)"))
            #expect(try await site.get().text == "fine")
            let lines = push.text.components(separatedBy: CharacterSet(charactersIn: "\r\n"))
            #expect(!lines.contains { $0.contains("evil.example") && $0.hasPrefix("remote: Live") })
            #expect(!push.output.contains(0x07))
            #expect(!push.text.contains("\u{1b}[2J") && !push.text.contains("\u{1b}]"))
            let log = try await site.deployment(2)["build_log"]?.string ?? ""
            #expect(!log.components(separatedBy: "\n").contains { $0.hasPrefix("Live in") })
            #expect(!log.contains("\u{1b}]"))
        }
    }

    @Test func tenToTheTenFilesCostNoMoreThanTheLimit() async throws {
        try await withVictim { site, checkout, _ in
            let start = ContinuousClock.now
            let push = try await checkout.pushHostile(["bomb": .copies(10, levels: 10)])
            #expect(ContinuousClock.now - start < .seconds(15))
            #expect(push.text.contains("more than 50000 files and folders (CASTER_RELEASE_ENTRIES)"), "\(push.text)")
            #expect(try await site.get().text == "good and live")
        }
    }

    @Test func aGibibyteOfZerosCostsNoMoreThanTheLimit() async throws {
        let settings = ["CASTER_RELEASE_BYTES": "\(64 << 20)"]
        try await withVictim(settings: settings) { site, checkout, _ in
            // 64 names of one file of 16 MiB: a pack of 16 KiB.
            let folder = (0..<64).map { ("\($0)", HostileEntry.zeros(16 << 20)) }
            let push = try await checkout.pushHostile(["zeros": .folder(Dictionary(uniqueKeysWithValues: folder))])
            #expect(push.text.contains("larger than 64 MB in all (CASTER_RELEASE_BYTES)"), "\(push.text)")
            #expect(try await site.get().text == "good and live")
            let left = try await run(["du", "-sm", "\(site.platform.dataFolder)/sites"]).text
            #expect(try #require(Int(left.prefix { $0.isNumber })) < 2, "\(left)")
        }
    }

    @Test func aFileThatGitWouldHaveToHoldInMemory() async throws {
        try await withVictim(settings: ["CASTER_GIT_ALLOC_BYTES": "\(8 << 20)"]) { site, checkout, _ in
            let push = try await checkout.pushHostile(["big": .zeros(9 << 20)])
            #expect(push.status == 1)
            #expect(push.text.contains("larger than 8 MB (CASTER_GIT_ALLOC_BYTES)"), "\(push.text)")
            #expect(try await site.get().text == "good and live")
        }
    }

    @Test func aPackThatIsTooLarge() async throws {
        try await withVictim(settings: ["CASTER_PACK_BYTES": "1000000"]) { site, checkout, _ in
            try checkout.write("noise.bin", try Noise.bytes(2_000_000))
            try await checkout.commit()
            let push = try await checkout.push()
            #expect(push.status == 1)
            #expect(push.text.contains("CASTER_PACK_BYTES"), "\(push.text)")
            #expect(try await site.get().text == "good and live")
        }
    }

    @Test func aDeltaBombIsDefused() async throws {
        try await withVictim { site, checkout, _ in
            let push = try await run(
                ["/usr/bin/python3", Build.script("deltabomb.py")]
                    + site.owner.sshWords("git-receive-pack '\(site.short).git'"),
                environment: site.owner.environment)
            #expect(push.text.contains("CASTER_GIT_ALLOC_BYTES"), "\(push.text)")
            #expect(!push.text.contains("ok refs/heads/bomb"))
            #expect(try await checkout.git("ls-remote", "caster", "bomb").text.isEmpty)
            #expect(try await site.get().text == "good and live")
        }
    }

    @Test func aNameThatNoFolderCanHold() async throws {
        try await withVictim { site, checkout, _ in
            let push = try await checkout.pushHostile([String(repeating: "n", count: 300): .file("x")])
            #expect(push.text.contains("255"), "\(push.text)")
            #expect(try await site.get().text == "good and live")
        }
    }
}
