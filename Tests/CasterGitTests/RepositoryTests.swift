import CasterGit
import Foundation
import Testing

struct RepositoryTests {
    @Test func aNewOneIsBareEmptyAndOnMain() throws {
        let fixture = try RepositoryFixture()
        #expect(try fixture.text("site.git/HEAD") == "ref: refs/heads/main\n")
        #expect(try fixture.repository.mainTip() == nil)
        #expect(try Repository.mainTip(path: fixture.release("site.git")) == nil)
        #expect(try fixture.git(["rev-parse", "--is-bare-repository"]) == "true")
        let hooks = try FileManager.default.contentsOfDirectory(atPath: fixture.release("site.git/hooks"))
        #expect(hooks.filter { !$0.hasSuffix(".sample") }.isEmpty)
    }

    @Test func creatingItAgainChangesNothing() throws {
        let fixture = try RepositoryFixture()
        let commit = try fixture.git(["commit-tree", "-m", "x", fixture.files(["a": "a"])])
        try fixture.git(["update-ref", "refs/heads/main", commit])
        try Repository.create(path: fixture.release("site.git"))
        #expect(try fixture.repository.mainTip() == commit)
    }

    @Test func theTipAndItsTree() throws {
        let fixture = try RepositoryFixture()
        let tree = try fixture.files(["Dockerfile": "FROM x", "a": "a"])
        let commit = try fixture.git(["commit-tree", "-m", "x", tree])
        try fixture.git(["update-ref", "refs/heads/main", commit])
        #expect(try fixture.repository.mainTip() == commit)
        #expect(try Repository.mainTip(path: fixture.release("site.git")) == commit)
        try fixture.git(["pack-refs", "--all"])
        #expect(try Repository.mainTip(path: fixture.release("site.git")) == commit)
        #expect(try fixture.repository.tree(ofCommit: commit) == tree)
        #expect(try fixture.repository.hasFile("Dockerfile", inTree: tree))
        #expect(try !fixture.repository.hasFile("dockerfile", inTree: tree))
        #expect(throws: GitError.self) { try fixture.repository.tree(ofCommit: tree) }
        #expect(throws: GitError.self) { try fixture.repository.tree(ofCommit: String(repeating: "a", count: 40)) }
    }
}
