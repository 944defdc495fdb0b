import CasterCore
import Testing

struct SitePathSetTests {
    private func refusal(of paths: [String], folders: [String] = [], entryLimit: Int = 1000) throws -> Refusal? {
        var set = SitePathSet(entryLimit: entryLimit)
        do {
            for path in paths { try set.insert(SitePath(path)) }
            for folder in folders { try set.insert(folder: SitePath(folder)) }
            return nil
        } catch {
            return error
        }
    }

    @Test func acceptsWhatFits() throws {
        #expect(try refusal(of: ["a/b", "a/c", "b", "a/d/e", "A/b"], folders: ["a", "a/d", "z", "z"]) == nil)
    }

    @Test func refusesDuplicates() throws {
        #expect(try refusal(of: ["a/b", "c", "a/b"]) == .invalid("\"a/b\" is there twice"))
        #expect(try refusal(of: ["\u{e9}", "e\u{301}"]) == .invalid("\"e\u{301}\" is there twice"))
    }

    @Test func refusesAFileThatIsAFolder() throws {
        #expect(try refusal(of: ["a/b/c", "a/b"]) == .invalid("\"a/b\" is both a file and a folder"))
        #expect(try refusal(of: ["a/b", "a/b/c/d"]) == .invalid("\"a/b\" is both a file and a folder"))
        #expect(try refusal(of: ["a/b"], folders: ["a/b"]) == .invalid("\"a/b\" is both a file and a folder"))
        #expect(try refusal(of: [], folders: ["a/b"]) == nil)
    }

    @Test func refusesTwoSpellingsOfOneFolder() throws {
        let refusal = try refusal(of: ["\u{e9}/a", "e\u{301}/b"])
        #expect(refusal?.sentence.contains("two spellings") == true)
    }

    @Test func countsFoldersThatExistOnlyInPaths() throws {
        #expect(try refusal(of: ["a/b/c"], entryLimit: 3) == nil)
        #expect(
            try refusal(of: ["a/b/c", "a/b/d"], entryLimit: 3)
                == .tooLarge("the site has more than 3 files and folders (CASTER_RELEASE_ENTRIES)"))
    }

    /// The same verdict as a set of whole paths gives, in every order of arrival.
    @Test func agreesWithASetOfPaths() throws {
        var generator = SeededGenerator(seed: 11)
        for _ in 0..<2_000 {
            let paths = (0..<Int.random(in: 1...5, using: &generator)).map { _ in
                (0..<Int.random(in: 1...3, using: &generator))
                    .map { _ in ["a", "b"].randomElement(using: &generator)! }.joined(separator: "/")
            }
            let clashes =
                Set(paths).count < paths.count
                || paths.contains { path in paths.contains { $0.hasPrefix(path + "/") } }
            #expect((try refusal(of: paths) != nil) == clashes, "\(paths)")
        }
    }
}
