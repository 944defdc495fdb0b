import Foundation
import Testing

/// Only `main` deploys; everything else that git can push is kept, as git users expect.
@Suite(.timeLimit(.minutes(3)))
struct BranchTests {
    @Test func anotherBranchIsKeptAndToldHowToDeploy() async throws {
        try await withPlatform { platform in
            let site = try await platform.account().createSite()
            let checkout = try await site.deployed("from main")
            try await checkout.git("checkout", "--quiet", "-b", "draft")
            let commit = try await checkout.commit(["index.html": "from the draft"])

            let push = try await checkout.push("caster", "draft")

            #expect(push.status == 0)
            #expect(push.text.contains(#"Stored "draft". Nothing was deployed: only main is."#))
            #expect(try await site.get().text == "from main")
            #expect(try await checkout.git("ls-remote", "caster", "draft").text.hasPrefix(commit))
            #expect(try await site.deployments().count == 1)

            // The command that it was told, as it was told.
            let command = try #require(push.text.firstMatch(of: /remote:\s+(git push \S+ draft:main)/)).1
            let second = try await checkout.shell(String(command))
            #expect(second.status == 0)
            #expect(second.text.contains("(deployment 2)"))
            #expect(try await site.get().text == "from the draft")
        }
    }

    @Test func whoeverPushedMasterIsToldWhy() async throws {
        try await withPlatform { platform in
            let site = try await platform.account().createSite()
            let checkout = try await site.checkout()
            try await checkout.git("checkout", "--quiet", "-b", "master")
            try await checkout.commit(["index.html": "old habit"])
            let push = try await checkout.push("caster", "master")
            #expect(push.status == 0)
            #expect(push.text.contains("only main is"))
            #expect(push.text.contains("git push \(site.gitURL) master:main"))
            #expect(try await site.get().status == 404)
        }
    }

    @Test func aTagIsKept() async throws {
        try await withPlatform { platform in
            let site = try await platform.account().createSite()
            let checkout = try await site.deployed()
            try await checkout.git("tag", "v1")
            try await checkout.git("tag", "--annotate", "v2", "--message", "two")

            let push = try await checkout.push("caster", "v1", "v2")

            #expect(push.status == 0)
            #expect(push.text.contains("Stored. Nothing was deployed: only a push to main is."))
            let refs = try await checkout.git("ls-remote", "--tags", "caster").text
            #expect(refs.contains("refs/tags/v1"))
            #expect(refs.contains("refs/tags/v2^{}"))
            #expect(try await site.deployments().count == 1)
        }
    }

    @Test func mainAndAnotherBranchInOnePush() async throws {
        try await withPlatform { platform in
            let site = try await platform.account().createSite()
            let checkout = try await site.checkout()
            try await checkout.commit(["index.html": "from main"])
            try await checkout.git("branch", "other")
            let push = try await checkout.push("caster", "other", "main")
            #expect(push.status == 0)
            #expect(push.text.contains("Live in"))
            #expect(push.text.contains(#"Stored "other" too; only main is deployed."#), "\(push.text)")
            #expect(try await site.get().text == "from main")
        }
    }

    @Test func mainCannotBeDeleted() async throws {
        try await withPlatform { platform in
            let site = try await platform.account().createSite()
            let checkout = try await site.deployed("still here")
            let push = try await checkout.push("caster", ":main")
            #expect(push.status == 1)
            #expect(push.text.contains("[remote rejected] main"))
            #expect(try await site.get().text == "still here")
            #expect(try await checkout.git("ls-remote", "caster", "main").lines.count == 1)
        }
    }

    @Test func anotherBranchCanBeDeleted() async throws {
        try await withPlatform { platform in
            let site = try await platform.account().createSite()
            let checkout = try await site.deployed("still here")
            #expect(try await checkout.push("caster", "main:draft").succeeded)
            let push = try await checkout.push("caster", "--delete", "draft")
            #expect(push.status == 0)
            #expect(push.text.contains("[deleted]         draft"))
            #expect(!push.text.contains("Stored"))
            #expect(try await checkout.git("ls-remote", "caster", "draft").text.isEmpty)
            #expect(try await site.get().text == "still here")
        }
    }

    @Test func anAtomicPushIsAllOrNothing() async throws {
        try await withPlatform { platform in
            let site = try await platform.account().createSite()
            let checkout = try await site.deployed("first")
            let refused = try await checkout.push("--atomic", "caster", "main:draft", ":main")
            #expect(refused.status == 1)
            #expect(try await checkout.git("ls-remote", "caster", "draft").text.isEmpty)

            try await checkout.commit(["index.html": "second"])
            let accepted = try await checkout.push("--atomic", "caster", "main:draft", "main")
            #expect(accepted.status == 0)
            #expect(try await checkout.git("ls-remote", "caster", "draft").lines.count == 1)
            #expect(try await site.get().text == "second")
        }
    }

    @Test func pushOptionsAreTaken() async throws {
        try await withPlatform { platform in
            let site = try await platform.account().createSite()
            let checkout = try await site.checkout()
            try await checkout.commit(["index.html": "hello"])
            let push = try await checkout.push("--push-option", "note=it's; $(fine)", "caster", "main")
            #expect(push.status == 0)
            #expect(push.text.contains("Live in"))
        }
    }
}
