import CasterArchive
import CasterCore
import Testing

struct AcceptedArchivesTests {
    private static let page = String(repeating: "<h1>hello</h1>\n", count: 20)
    private static let site: Set = [
        UnpackedFile("index.html", page), UnpackedFile("css/a.css", "a{}"), UnpackedFile("css/deep/er/b.css", "b{}"),
        UnpackedFile("empty", ""),
    ]
    private static let longName = Array(repeating: String(repeating: "x", count: 200), count: 4).joined(separator: "/")

    @Test(arguments: [
        "plain.zip", "plain.tar", "plain.tgz", "wrapped.zip", "wrapped.tar", "wrapped.tgz", "ustar.tar",
        "two-members.tgz",
        "zero-padded.tgz", "data-descriptor.zip", "data-descriptor-zip64.zip", "zip64-always.zip", "garbage-behind.zip",
    ])
    func holdsTheSite(_ name: String) throws {
        let files = try unpack(name)
        #expect(Set(files) == Self.site)
        #expect(files.count == Self.site.count)
    }

    @Test(arguments: ["zip", "tar", "tgz"])
    func stripsOneCommonFolderOnly(_ kind: String) throws {
        #expect(try unpack("two-folders.\(kind)") == [UnpackedFile("a/x", "1"), UnpackedFile("b/x", "2")])
        #expect(try unpack("nested-wrap.\(kind)") == [UnpackedFile("b/x", "1"), UnpackedFile("b/y", "2")])
        #expect(try unpack("single-in-folder.\(kind)") == [UnpackedFile("x", "1")])
    }

    @Test(arguments: ["zip", "tar", "tgz"])
    func leavesOutWhatNobodyMeansToPublish(_ kind: String) throws {
        let files = try unpack("litter.\(kind)")
        #expect(
            files == [
                UnpackedFile("index.html", Self.page), UnpackedFile(".gitignore", "x"),
                UnpackedFile(".well-known/a", "x"),
            ])
        let reader = ArchiveReader(path: Corpus.path("litter.\(kind)"), limits: Limits())
        let summary = try reader.forEachFile { _, _, _ in }
        #expect(summary.files == 3 && summary.skipped == 9 && summary.bytes == 302)
    }

    @Test(arguments: ["zip", "tar", "tgz"])
    func readsNamesInUnicode(_ kind: String) throws {
        #expect(try unpack("unicode.\(kind)").map(\.path) == ["日本/é.html", "👩‍👧"])
        // Byte for byte: composed.
        #expect(try unpack("unicode-decomposed.\(kind)").map { Array($0.path.utf8) } == [Array("\u{e9}.html".utf8)])
    }

    @Test(arguments: ["long-name.zip", "long-name.tar", "long-name.tgz", "long-name-gnu.tar"])
    func readsLongNames(_ name: String) throws {
        #expect(try unpack(name) == [UnpackedFile(Self.longName + "/end", "1"), UnpackedFile("b", "2")])
    }

    @Test func readsNamesThatTarBeginsWithADot() throws {
        #expect(try unpack("dot.tar") == [UnpackedFile("a/x", "1"), UnpackedFile("index.html", "2")])
        #expect(try unpack("dot-wrapped.tar") == [UnpackedFile("x", "1"), UnpackedFile("y", "2")])
    }

    @Test func keepsExecutables() throws {
        #expect(
            try unpack("executable.tar") == [UnpackedFile("run", "", isExecutable: true), UnpackedFile("page", "")])
        #expect(
            try unpack("executable.zip") == [UnpackedFile("run", "1", isExecutable: true), UnpackedFile("page", "2")])
    }

    @Test func readsTheRest() throws {
        #expect(try unpack("folders.zip") == [UnpackedFile("b/x", "1")])
        #expect(try unpack("windows.zip") == [UnpackedFile("b.txt", "1")])
        #expect(try unpack("zip64.zip") == [UnpackedFile("a", Self.page), UnpackedFile("b", "2")])
        #expect(try unpack("commented.zip") == [UnpackedFile("x", "1")])
        #expect(Set(try unpack("two-archives.tar")) == Self.site.union([UnpackedFile("a/x", "1")]))
    }

    @Test func fillsTheHolesOfSparseFiles() throws {
        let files = try unpack("sparse-small.tar")
        #expect(files.map(\.path) == ["hole"])
        #expect(files[0].content.count == 1 << 20)
        #expect(files[0].content[500_000..<500_006].elementsEqual("island".utf8))
        #expect(files[0].content.count { $0 != 0 } == 6)
    }
}
