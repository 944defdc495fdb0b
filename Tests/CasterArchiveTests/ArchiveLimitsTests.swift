import CasterArchive
import CasterCore
import Testing

struct ArchiveLimitsTests {
    @Test(arguments: ["bomb-file.zip", "bomb-file.tgz", "sparse-gnu.tar", "sparse-pax.tar"])
    func refusesLargeFiles(_ name: String) {
        let path = name.hasPrefix("sparse") ? "hole" : "a/big"
        #expect(throws: Refusal.tooLarge("\"\(path)\" is larger than 26214400 bytes (CASTER_UPLOAD_FILE_BYTES)")) {
            try unpack(name)
        }
    }

    @Test(arguments: ["bomb-ratio.zip", "bomb-ratio.tgz", "bomb-litter.tgz", "bomb-end.tgz"])
    func refusesWhatUnpacksToTooMuch(_ name: String) throws {
        #expect(
            throws: Refusal.tooLarge("the archive unpacks to more than 200 times its own size (CASTER_ARCHIVE_RATIO)")
        ) { try unpack(name) }
        var limits = Limits()
        limits.archiveRatio = 2000
        #expect(!(try unpack(name, limits: limits)).isEmpty)
    }

    @Test func refusesFilesThatShareTheirBytes() {
        #expect(throws: Refusal.invalid("the archive is damaged: files in it overlap")) { try unpack("overlap.zip") }
    }

    @Test(arguments: ["promise.zip", "promise-more.zip"])
    func refusesAFalsePromise(_ name: String) {
        #expect(throws: Refusal.invalid("the archive is damaged or cut short at or after \"a/small\"")) {
            try unpack(name)
        }
    }

    @Test(arguments: ["zip", "tar", "tgz"])
    func holdsEachLimitToTheByte(_ kind: String) throws {
        let name = "plain.\(kind)"
        let size = try Corpus.bytes(name).count
        let refusals: [(WritableKeyPath<Limits, Int>, Int, String)] = [
            (\.uploadFiles, 4, "the archive has more than 3 files (CASTER_UPLOAD_FILES)"),
            (\.uploadFileBytes, 300, "\"index.html\" is larger than 299 bytes (CASTER_UPLOAD_FILE_BYTES)"),
            (\.archiveBytes, size, "the archive is larger than \(size - 1) bytes (CASTER_ARCHIVE_BYTES)"),
            (\.releaseEntries, 7, "the site has more than 6 files and folders (CASTER_RELEASE_ENTRIES)"),
        ]
        for (limit, value, sentence) in refusals {
            var limits = Limits()
            limits[keyPath: limit] = value
            #expect(try unpack(name, limits: limits).count == 4)
            limits[keyPath: limit] = value - 1
            #expect(throws: Refusal.tooLarge(sentence)) { try unpack(name, limits: limits) }
        }
    }

    @Test func holdsTheTotalToTheByte() throws {
        var limits = Limits()
        limits.uploadBytes = 306
        #expect(try unpack("plain.zip", limits: limits).count == 4)
        limits.uploadBytes = 305
        #expect(throws: Refusal.tooLarge("the archive unpacks to more than 305 bytes (CASTER_UPLOAD_BYTES)")) {
            try unpack("plain.zip", limits: limits)
        }
    }

    @Test func countsFilesByTheTenThousands() {
        #expect(throws: Refusal.tooLarge("the archive has more than 10000 files (CASTER_UPLOAD_FILES)")) {
            try unpack("zip64-many.zip")
        }
    }
}
