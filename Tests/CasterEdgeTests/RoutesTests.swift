import CasterCore
import CasterEdge
import Foundation
import Testing

@Suite struct RoutesTests {
    let fixture: EdgeFixture
    let routes: Routes

    init() throws {
        fixture = try EdgeFixture()
        routes = fixture.routes
    }

    private func entries() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: fixture.folder.hosts).sorted()
    }

    @Test func aSwitchIsSeenAndLeavesNothingElseBehind() throws {
        defer { #expect(throws: Never.self) { try fixture.remove() } }
        let old = try fixture.release(1, ["index.html": "old"])
        let new = try fixture.release(2, ["index.html": "new"])
        #expect(routes.current(host: "a.test") == nil)
        try routes.switchTo(host: "a.test", release: old)
        #expect(routes.current(host: "a.test") == old)
        try routes.switchTo(host: "a.test", release: new)
        #expect(routes.current(host: "a.test") == new)
        #expect(try entries() == ["a.test"])
    }

    @Test func theTableSurvivesAMoveOfTheDataFolder() throws {
        let release = try fixture.release(1, ["index.html": "here"])
        try routes.switchTo(host: "a.test", release: release)
        let moved = DataFolder(root: fixture.folder.root + "-moved")
        try FileManager.default.moveItem(atPath: fixture.folder.root, toPath: moved.root)
        defer { #expect(throws: Never.self) { try FileManager.default.removeItem(atPath: moved.root) } }
        #expect(try String(contentsOfFile: "\(moved.hosts)/a.test/index.html", encoding: .utf8) == "here")
        #expect(Routes(folder: moved).current(host: "a.test")?.hasPrefix(moved.sites) == true)
    }

    @Test func reservingKeepsWhatIsLive() throws {
        defer { #expect(throws: Never.self) { try fixture.remove() } }
        try routes.reserve(host: "a.test")
        #expect(try entries() == ["a.test"])
        #expect(routes.current(host: "a.test") == nil)
        let release = try fixture.release(1, ["index.html": "live"])
        try routes.switchTo(host: "a.test", release: release)
        try routes.reserve(host: "a.test")
        #expect(routes.current(host: "a.test") == release)
    }

    @Test func anAliasFollowsItsSite() throws {
        defer { #expect(throws: Never.self) { try fixture.remove() } }
        #expect(throws: EdgeError.noSuchHost("a.test")) { try routes.alias(host: "name.test", of: "a.test") }
        try routes.reserve(host: "a.test")
        try routes.alias(host: "name.test", of: "a.test")
        #expect(routes.current(host: "name.test") == nil)
        for id in 1...2 {
            let release = try fixture.release(id, ["index.html": "\(id)"])
            try routes.switchTo(host: "a.test", release: release)
            #expect(routes.current(host: "name.test") == release)
        }
        try routes.reserve(host: "b.test")
        try routes.alias(host: "name.test", of: "b.test")
        #expect(routes.current(host: "name.test") == nil)
        #expect(throws: EdgeError.taken("a.test")) { try routes.alias(host: "a.test", of: "b.test") }
        try routes.remove(host: "name.test")
        try routes.remove(host: "name.test")
        #expect(try entries() == ["a.test", "b.test"])
    }

    @Test func manySwitchesAtOnceEndInOneOfThem() async throws {
        let releases = try (1...8).map { try fixture.release($0, ["index.html": "\($0)"]) }
        try await withThrowingTaskGroup(of: Void.self) { [routes] group in
            for release in releases {
                group.addTask {
                    for _ in 1...20 { try routes.switchTo(host: "a.test", release: release) }
                }
            }
            try await group.waitForAll()
        }
        #expect(releases.contains(try #require(routes.current(host: "a.test"))))
        #expect(try entries() == ["a.test"])
        try fixture.remove()
    }

    @Test(arguments: [
        "", ".", "..", ".a.test", "a..test", "a.test.", "a/b", "../x", "A.test", "a_b.test", "a\0", "ä.test",
    ])
    func onlyHostNamesBecomeEntries(host: String) throws {
        defer { #expect(throws: Never.self) { try fixture.remove() } }
        let release = try fixture.release(1, ["index.html": "x"])
        #expect(throws: EdgeError.badHost(host)) { try routes.reserve(host: host) }
        #expect(throws: EdgeError.badHost(host)) { try routes.switchTo(host: host, release: release) }
        #expect(throws: EdgeError.badHost(host)) { try routes.remove(host: host) }
        #expect(routes.current(host: host) == nil)
        #expect(try entries() == [])
    }

    @Test func onlyReleasesCanBeSwitchedTo() throws {
        defer { #expect(throws: Never.self) { try fixture.remove() } }
        for path in ["/etc", fixture.folder.sites + "/../edge", fixture.folder.sites + "/none/1", "sites/1", ""] {
            #expect(throws: EdgeError.badRelease(path)) { try routes.switchTo(host: "a.test", release: path) }
        }
        #expect(try entries() == [])
    }

    @Test func whatACrashLeftIsSweptOnceItIsOld() throws {
        defer { #expect(throws: Never.self) { try fixture.remove() } }
        let fresh = fixture.folder.hosts + "/.new-1"
        try FileManager.default.createSymbolicLink(atPath: fresh, withDestinationPath: "../sites/x")
        try routes.prepare()
        #expect(try entries() == [".new-1"])
    }
}
