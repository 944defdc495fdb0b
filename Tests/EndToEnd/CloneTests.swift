import Foundation
import Testing

/// What was pushed comes back, over every version of git's protocol.
@Suite(.timeLimit(.minutes(3)))
struct CloneTests {
    @Test func aCloneIsWhatWasPushed() async throws {
        try await withPlatform { platform in
            let site = try await platform.account().createSite()
            let checkout = try await site.deployed()
            try await checkout.commit(["a b/ü.txt": "x\r\n", "deep/er/page.html": "<p>"])
            try FileManager.default.createSymbolicLink(
                atPath: "\(checkout.folder)/link", withDestinationPath: "deep/er/page.html")
            let commit = try await checkout.commit()
            #expect(try await checkout.push().succeeded)

            try await checkout.git("clone", "--quiet", site.gitURL, "\(site.owner.home)/clone")

            let clone = Checkout(owner: site.owner, folder: "\(site.owner.home)/clone")
            #expect(try await clone.git("rev-parse", "HEAD").line == commit)
            #expect(try await clone.git("branch", "--show-current").line == "main")
            let difference = try await run(
                ["diff", "--recursive", "--no-dereference", "--exclude", ".git", checkout.folder, clone.folder])
            #expect(difference.status == 0, "\(difference.text)")
        }
    }

    @Test(arguments: [0, 1, 2])
    func everyProtocolVersion(_ version: Int) async throws {
        try await withPlatform { platform in
            let site = try await platform.account().createSite()
            let checkout = try await site.checkout()
            try await checkout.commit(["index.html": "version \(version)"])
            let setting = "protocol.version=\(version)"

            let push = try await checkout.tryGit(["-c", setting, "push", "caster", "main"])
            #expect(push.status == 0)
            #expect(push.text.contains("Live in"))
            #expect(try await site.get().text == "version \(version)")

            let clone = "\(site.owner.home)/clone"
            let trace = "\(site.owner.home)/trace"
            let cloned = try await run(
                ["git", "-c", setting, "clone", "--quiet", site.gitURL, clone],
                environment: site.owner.environment.merging(["GIT_TRACE_PACKET": trace]) { $1 })
            #expect(cloned.status == 0)
            #expect(try String(contentsOfFile: "\(clone)/index.html", encoding: .utf8) == "version \(version)")
            let packets = try String(contentsOfFile: trace, encoding: .utf8)
            #expect(packets.contains("< version 2") == (version == 2))
            #expect(packets.contains("< version 1") == (version == 1))
        }
    }

    @Test func aShallowCloneCanBePushedFrom() async throws {
        try await withPlatform { platform in
            let site = try await platform.account().createSite()
            let checkout = try await site.deployed("one")
            for text in ["two", "three"] { try await checkout.commit(["index.html": text]) }
            #expect(try await checkout.push().succeeded)

            try await checkout.git("clone", "--quiet", "--depth", "1", site.gitURL, "\(site.owner.home)/shallow")

            let shallow = Checkout(owner: site.owner, folder: "\(site.owner.home)/shallow")
            #expect(try await shallow.git("rev-list", "--count", "HEAD").line == "1")
            try await shallow.commit(["index.html": "from the shallow clone"])
            #expect(try await shallow.push("origin", "main").succeeded)
            #expect(try await site.get().text == "from the shallow clone")
        }
    }

    @Test func aPullBringsWhatSomebodyElsePushed() async throws {
        try await withPlatform { platform in
            let site = try await platform.account().createSite()
            let first = try await site.deployed("one")
            try await first.git("clone", "--quiet", site.gitURL, "\(site.owner.home)/second")
            let second = Checkout(owner: site.owner, folder: "\(site.owner.home)/second")
            let commit = try await second.commit(["index.html": "two"])
            #expect(try await second.push("origin", "main").succeeded)

            try await first.git("pull", "--quiet", "caster", "main")

            #expect(try await first.git("rev-parse", "HEAD").line == commit)
        }
    }
}
