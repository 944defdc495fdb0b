import CasterArchive
import CasterCore
import Testing

struct DamageTests {
    @Test(arguments: [
        ("bad-checksum.zip", "the archive is damaged or cut short at or after \"a/page\""),
        ("bad-checksum.tgz", "the archive is damaged: its gzip data does not fit its checksum"),
        ("bad-length.tgz", "the archive is damaged: its gzip data does not fit its checksum"),
        ("garbage-behind.tgz", "the archive is damaged: something else follows its gzip data"),
        ("garbage-behind.tar", "the archive is damaged or cut short at or after \"empty\""),
        ("no-end.tar", "the archive is cut short: the end of the tar file is missing"),
        ("half.tar", "the archive is damaged or cut short at or after \"index.html\""),
        ("half.tgz", "the archive is cut short: the end of its gzip data is missing"),
        ("head-only.zip", "the archive is cut short: the list of files at the end of the zip file is missing"),
        ("count-lies.zip", "the archive is damaged: its list of files makes no sense"),
        ("zip64-huge.zip", "the archive is damaged: files in it overlap"),
        ("zip64-other-disk.zip", "the archive is damaged: its list of files makes no sense"),
    ])
    func refuses(_ name: String, sentence: String) {
        #expect(throws: Refusal.invalid(sentence)) { try unpack(name) }
    }

    /// An archive that is cut anywhere is refused, and never hands over a file that differs.
    @Test(arguments: [
        "wrapped.zip", "data-descriptor.zip", "wrapped.tgz", "stored.zip", "zip64.zip", "zip64-always.zip",
    ])
    func refusesEveryCut(_ name: String) throws {
        let bytes = try Corpus.bytes(name)
        for length in 0..<bytes.count {
            try withArchive(Array(bytes[..<length])) { path in
                _ = #expect(throws: Refusal.self, "\(length)") { try unpack(path: path) }
            }
        }
    }

    /// A tar archive tells its end by zeros, so what is cut from those is no loss.
    @Test func refusesEveryCutOfATarThatLosesAFile() throws {
        let bytes = try Corpus.bytes("ustar.tar")
        let whole = try unpack("ustar.tar")
        for length in stride(from: 0, to: bytes.count, by: 32) {
            try withArchive(Array(bytes[..<length])) { path in
                do {
                    let files = try unpack(path: path)
                    #expect(files == whole, "\(length)")
                } catch let refusal as Refusal {
                    #expect(refusal.kind == .invalid)
                }
            }
        }
    }

    /// One wrong bit: refused, or of no consequence for any content, since each is held against a checksum.
    @Test(arguments: ["wrapped.zip", "wrapped.tgz", "stored.zip"])
    func noticesEveryWrongBitOfAContent(_ name: String) throws {
        let bytes = try Corpus.bytes(name)
        let contents = Set(try unpack(name).map(\.content))
        for index in bytes.indices {
            var damaged = bytes
            damaged[index] ^= 1 << UInt8(index % 8)
            try withArchive(damaged) { path in
                do {
                    let files = try unpack(path: path)
                    #expect(contents.isSuperset(of: files.map(\.content)), "byte \(index): \(damaged[index])")
                } catch is Refusal {}
            }
        }
    }

    /// Whatever the bytes are, there is an answer and no crash.
    @Test(arguments: [
        "plain.zip", "plain.tar", "plain.tgz", "long-name.tar", "sparse-small.tar", "zip64.zip", "zip64-always.zip",
    ])
    func survivesNoise(_ name: String) throws {
        let bytes = try Corpus.bytes(name).prefix(20_000)
        var generator = Noise()
        for _ in 0..<300 {
            var damaged = Array(bytes)
            for _ in 0..<Int.random(in: 1...8, using: &generator) {
                let index = Int.random(in: 0..<damaged.count, using: &generator)
                damaged[index] = UInt8.random(in: 0...255, using: &generator)
            }
            try withArchive(damaged) { path in
                do { _ = try unpack(path: path) } catch is Refusal {}
            }
        }
    }
}

/// Knuth's MMIX congruence: the same numbers in every run.
private struct Noise: RandomNumberGenerator {
    private var state: UInt64 = 3

    mutating func next() -> UInt64 {
        var word: UInt64 = 0
        for _ in 0..<2 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            word = word << 32 | state >> 32
        }
        return word
    }
}
