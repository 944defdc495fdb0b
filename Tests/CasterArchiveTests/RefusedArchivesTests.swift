import CasterArchive
import CasterCore
import Testing

struct RefusedArchivesTests {
    @Test(arguments: [
        ("symlink.tar", "a symlink"), ("symlink.zip", "a symlink"), ("hard-link.tar", "a hard link"),
        ("hard-link-with-data.tar", "a hard link"), ("character-device.tar", "a device"),
        ("character-device.zip", "a device"),
        ("block-device.tar", "a device"), ("block-device.zip", "a device"), ("named-pipe.tar", "a named pipe"),
        ("socket.zip", "a socket"), ("multi-volume.tar", "of an unknown kind"),
    ])
    func refusesWhatIsNoFile(_ name: String, kind: String) {
        #expect(throws: Refusal.invalid("\"a/bad\" is \(kind): an archive may hold regular files and folders only")) {
            try unpack(name)
        }
    }

    @Test(
        arguments: [
            ("parent", "\"../evil\"", "a part of it is \"..\""),
            ("parent-inside", "\"a/../../evil\"", "a part of it is \"..\""),
            ("folder-parent", "\"..\"", "a part of it is \"..\""),
            ("absolute", "\"/etc/evil\"", "it is absolute"),
            ("backslash", "\"a/b\\evil\"", "it has a backslash; folders are separated by /"),
            ("empty-part", "\"a//evil\"", "a part of it is empty"),
            ("dot-part", "\"a/./evil\"", "a part of it is \".\""),
            ("control", "\"a?[2Jevil\"", "it has a control character"),
            ("newline", "\"evil?\"", "it has a control character"),
            ("git-case", "\"a/.GIT/config\"", "\".git\" is git's own folder"),
            ("long-part", "\"\(String(repeating: "x", count: 200))…\"", "a part of it is longer than 255 bytes"),
            (
                "long-path", "\"\(String(repeating: "x", count: 100))/\(String(repeating: "x", count: 99))…\"",
                "it is longer than 1,024 bytes"
            ),
        ], ["zip", "tar", "tgz"])
    func refusesNames(_ name: (name: String, shown: String, rule: String), kind: String) {
        #expect(throws: Refusal.invalid("\(name.shown) cannot be a file's path: \(name.rule)")) {
            try unpack("name-\(name.name).\(kind)")
        }
    }

    @Test(arguments: [
        (
            "name-parent-windows.tar",
            "\"..\\evil\" cannot be a file's path: it has a backslash; folders are separated by /"
        ),
        ("name-parent-windows.zip", "\"../evil\" cannot be a file's path: a part of it is \"..\""),
        ("name-empty.tar", "\"\" cannot be a file's path: it is empty"),
        ("name-nul.zip", "the name \"evil?.png\" in the archive has a NUL"),
        ("name-not-utf8.zip", "\"evil\u{fffd}\" cannot be a file's path: it is not UTF-8"),
        ("name-not-utf8.tar", "\"evil\u{fffd}\" cannot be a file's path: it is not UTF-8"),
        ("name-not-utf8-flagged.zip", "a name after \"ok\" is not UTF-8"),
        ("duplicate.zip", "\"a/x\" is there twice"),
        ("duplicate.tar", "\"a/x\" is there twice"),
        ("file-and-folder.zip", "\"a/x\" is both a file and a folder"),
        ("file-and-folder.tgz", "\"a/x\" is both a file and a folder"),
        ("folder-and-file.zip", "\"a/x\" is both a file and a folder"),
        ("folder-and-file.tar", "\"a/x\" is both a file and a folder"),
        (
            "spellings.tar",
            "the folder \"e\u{301}\" is there in two spellings, which differ in how its accents are made"
        ),
        ("encrypted.zip", "\"index.html\" is encrypted: send the archive without a password"),
        ("encrypted-aes.zip", "\"ok\" is encrypted: send the archive without a password"),
        ("method-bzip2.zip", "\"a/evil\" is compressed in a way other than deflate: make a plain zip file"),
        ("method-lzma.zip", "\"a/evil\" is compressed in a way other than deflate: make a plain zip file"),
        ("empty.zip", "the archive is empty"),
        ("zero-bytes.zip", "the archive is empty"),
        ("empty.tar", "there is no file in the archive"),
        ("empty.tgz", "there is no file in the archive"),
        ("only-litter.zip", "there is no file in the archive"),
        ("only-litter.tar", "there is no file in the archive"),
        ("only-folders.zip", "there is no file in the archive"),
        ("only-folders.tar", "there is no file in the archive"),
        ("just-pk.zip", "the archive is cut short: the list of files at the end of the zip file is missing"),
    ])
    func refuses(_ name: String, sentence: String) {
        #expect(throws: Refusal.invalid(sentence)) { try unpack(name) }
    }

    @Test func refusesWhatAPaxHeaderWronglyCallsUTF8() {
        #expect {
            try unpack("name-not-utf8-pax.tar")
        } throws: {
            ($0 as? Refusal)?.sentence.hasSuffix("cannot be a file's path: it is not UTF-8") == true
        }
    }

    @Test(arguments: ["text.zip", "short-text.zip", "text.tgz", "rar.zip", "bzip2.tar", "xz.tar", "cpio.tar"])
    func refusesOtherFormats(_ name: String) {
        #expect(throws: Refusal.invalid("the file is no zip, tar, tar.gz or tgz archive")) { try unpack(name) }
    }

    @Test func refusesAnImageOfADisk() {
        // It begins with zeros, as the end of a tar archive does.
        #expect(throws: Refusal.invalid("the archive is damaged or cut short at its first entry")) {
            try unpack("iso.zip")
        }
    }

    @Test func passesOnWhatTheDiskRefuses() {
        #expect(throws: ArchiveFileError.self) { try unpack(path: "/nonexistent") }
        #expect(throws: ArchiveFileError.self) { try unpack(path: "/dev/zero") }
    }

    @Test func passesOnWhatTheCallerThrows() {
        struct Stop: Error {}
        let reader = ArchiveReader(path: Corpus.path("plain.zip"), limits: Limits())
        #expect(throws: Stop.self) { try reader.forEachFile { _, _, _ in throw Stop() } }
    }
}
