import CasterCore
import CasterGit
import Foundation
import Glibc
import Synchronization
import Testing

struct ReleaseWriterTests {
    @Test func theReleaseIsTheTree() throws {
        let fixture = try RepositoryFixture()
        let page = ("100644", try fixture.blob("<p>"))
        let tree = try fixture.tree([
            "index.html": page, "run": ("100755", try fixture.blob("#!")),
            "link": ("120000", try fixture.blob("index.html")),
            "sub": ("040000", try fixture.tree(["ü.html": page])),
        ])
        let summary = try fixture.write(tree, to: "1")
        #expect(summary.files == 4)
        #expect(summary.unchanged == 0)
        #expect(summary.bytes == 8)
        #expect(try fixture.text("1/index.html") == "<p>")
        #expect(try fixture.text("1/sub/ü.html") == "<p>")
        #expect(try fixture.text("1/link") == "<p>")
        #expect(try fixture.status("1/run").st_mode & 0o7777 == 0o755)
        #expect(try fixture.status("1/index.html").st_mode & 0o7777 == 0o644)
        #expect(try fixture.status("1/link").st_mode & S_IFMT == S_IFLNK)
    }

    @Test func whatIsUnchangedIsAHardLink() throws {
        let fixture = try RepositoryFixture()
        let first = try fixture.files(["same.html": "same", "page.html": "one", "gone.html": "gone"])
        _ = try fixture.write(first, to: "1")
        let second = try fixture.files(["same.html": "same", "page.html": "two", "new.html": "new"])
        let summary = try fixture.write(
            second, to: "2", previous: .init(tree: first, folder: fixture.release("1")))
        #expect(summary.files == 3)
        #expect(summary.unchanged == 1)
        #expect(summary.bytes == 10)
        #expect(try fixture.status("2/same.html").st_ino == fixture.status("1/same.html").st_ino)
        #expect(try fixture.status("2/page.html").st_ino != fixture.status("1/page.html").st_ino)
        #expect(try fixture.text("1/page.html") == "one")
        #expect(try fixture.text("2/page.html") == "two")
        #expect(!FileManager.default.fileExists(atPath: fixture.release("2/gone.html")))
    }

    @Test func whatIsCancelledStops() throws {
        let fixture = try RepositoryFixture()
        let tree = try fixture.files(["a": "a", "b": "b", "c": "c"])
        let asked = Atomic(0)
        let writer = ReleaseWriter(repository: fixture.repository, limits: Limits()) {
            asked.add(1, ordering: .relaxed).newValue > 2
        }
        #expect(throws: CancellationError.self) {
            try writer.write(tree: tree, to: fixture.release("1"), previous: nil)
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: fixture.release("1")).count == 2)
    }

    /// The same bytes with another mode are not the same file.
    @Test func aChangedModeIsNoHardLink() throws {
        let fixture = try RepositoryFixture()
        let blob = try fixture.blob("#!")
        let first = try fixture.tree(["run": ("100644", blob)])
        _ = try fixture.write(first, to: "1")
        let second = try fixture.tree(["run": ("100755", blob)])
        let summary = try fixture.write(second, to: "2", previous: .init(tree: first, folder: fixture.release("1")))
        #expect(summary.unchanged == 0)
        #expect(try fixture.status("1/run").st_mode & 0o777 == 0o644)
        #expect(try fixture.status("2/run").st_mode & 0o777 == 0o755)
    }

    @Test func aPreviousReleaseThatIsGoneCostsACopy() throws {
        let fixture = try RepositoryFixture()
        let tree = try fixture.files(["a": "a"])
        let summary = try fixture.write(tree, to: "2", previous: .init(tree: tree, folder: fixture.release("1")))
        #expect(summary.unchanged == 0)
        #expect(try fixture.text("2/a") == "a")
    }

    /// The edge makes the ETag from time and size.
    @Test func theTimeStandsForTheContent() throws {
        let fixture = try RepositoryFixture()
        let first = try fixture.files(["same": "same", "page": "one"])
        _ = try fixture.write(first, to: "1")
        _ = try fixture.write(try fixture.files(["same": "same", "page": "two"]), to: "2")
        // Copied, not linked, and yet the same.
        #expect(try fixture.status("1/same").st_ino != fixture.status("2/same").st_ino)
        #expect(try fixture.status("1/same").st_mtim.tv_sec == fixture.status("2/same").st_mtim.tv_sec)
        // As many bytes, and another time.
        #expect(try fixture.status("1/page").st_size == fixture.status("2/page").st_size)
        #expect(try fixture.status("1/page").st_mtim.tv_sec != fixture.status("2/page").st_mtim.tv_sec)
    }

    @Test func entriesAndBytesHaveLimits() throws {
        let fixture = try RepositoryFixture()
        let tree = try fixture.files(["a": "1234", "b": "1234", "c": "12"])
        var limits = Limits()
        (limits.releaseEntries, limits.releaseBytes) = (3, 10)
        _ = try fixture.write(tree, to: "fits", limits: limits)
        // What is linked counts as what is written does.
        _ = try fixture.write(
            tree, to: "linked", previous: .init(tree: tree, folder: fixture.release("fits")), limits: limits)

        limits.releaseBytes = 9
        for previous in [nil, ReleaseWriter.Previous(tree: tree, folder: fixture.release("fits"))] {
            let name = previous == nil ? "written" : "linked too"
            let tooLarge = #expect(throws: Refusal.self) {
                try fixture.write(tree, to: name, previous: previous, limits: limits)
            }
            #expect(tooLarge?.kind == .tooLarge)
            #expect(tooLarge?.sentence.contains("CASTER_RELEASE_BYTES") == true)
        }

        (limits.releaseEntries, limits.releaseBytes) = (2, 10)
        let tooMany = #expect(throws: Refusal.self) { try fixture.write(tree, to: "many", limits: limits) }
        #expect(tooMany?.kind == .tooLarge)
        #expect(tooMany?.sentence.contains("more than 2 files and folders") == true)
        #expect(!FileManager.default.fileExists(atPath: fixture.release("many")))
    }

    @Test func gitsOwnFilesAreLeftOutInAnyDisguise() throws {
        let fixture = try RepositoryFixture()
        let page = ("100644", try fixture.blob("x"))
        let folder = ("040000", try fixture.tree(["config": page]))
        // `mktree` makes what no push may bring.
        let tree = try fixture.tree([
            ".git": folder, ".GIT": folder, "git~1": folder, "GIT~12": page, ".gitignore": page, ".gitmodules": page,
            "index.html": page, "gitarre.html": page, "git~notes.txt": page, ".well-known": folder,
        ])
        let summary = try fixture.write(tree, to: "1")
        let names = try FileManager.default.contentsOfDirectory(atPath: fixture.release("1")).sorted()
        #expect(names == [".well-known", "gitarre.html", "git~notes.txt", "index.html"])
        #expect(summary.files == 4)
    }

    @Test func submodulesAreNamed() throws {
        let fixture = try RepositoryFixture()
        let gitlink = ("160000", String(repeating: "a", count: 40))
        let tree = try fixture.tree([
            "lib": gitlink, "deep": ("040000", try fixture.tree(["theirs": gitlink])),
            "index.html": ("100644", try fixture.blob("x")),
        ])
        let summary = try fixture.write(tree, to: "1")
        #expect(summary.submodules.sorted() == ["deep/theirs", "lib"])
        #expect(summary.files == 1)
        #expect(!FileManager.default.fileExists(atPath: fixture.release("1/lib")))
    }

    @Test(arguments: ["/etc/passwd", "../x", "a/../../x", "..", "/"])
    func aLinkThatLeadsOutIsRefused(_ target: String) throws {
        let fixture = try RepositoryFixture()
        try "".write(toFile: fixture.release("x"), atomically: true, encoding: .utf8)
        let folder = ("040000", try fixture.tree(["page": ("100644", try fixture.blob("x"))]))
        let tree = try fixture.tree(["a": folder, "link": ("120000", try fixture.blob(target))])
        let refusal = #expect(throws: Refusal.self) { try fixture.write(tree, to: "1") }
        #expect(refusal?.sentence.contains(#""link" leads out of the site"#) == true)
    }

    @Test(arguments: ["page", "./page", "a/../page", "nowhere", "page/below"])
    func aLinkThatStaysInsideIsKept(_ target: String) throws {
        let fixture = try RepositoryFixture()
        let page = ("100644", try fixture.blob("x"))
        let folder = ("040000", try fixture.tree(["page": page]))
        let tree = try fixture.tree(["a": folder, "page": page, "link": ("120000", try fixture.blob(target))])
        #expect(try fixture.write(tree, to: "1").files == 3)
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: fixture.release("1/link")) == target)
    }

    @Test func aLinkThroughTheReleaseOfBeforeIsJudgedAnew() throws {
        let fixture = try RepositoryFixture()
        let target = ("120000", try fixture.blob("a/../page"))
        let page = ("100644", try fixture.blob("x"))
        let first = try fixture.tree(["link": target, "page": page, "a": ("040000", try fixture.tree(["b": page]))])
        _ = try fixture.write(first, to: "1")
        // Unchanged itself, it leads out through what has changed.
        let second = try fixture.tree(["link": target, "page": page, "a": ("120000", try fixture.blob("."))])
        #expect(throws: Refusal.self) {
            try fixture.write(second, to: "2", previous: .init(tree: first, folder: fixture.release("1")))
        }
    }
}
