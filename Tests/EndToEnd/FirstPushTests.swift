import Foundation
import Testing

/// Somebody pushes a folder of HTML, and goes on working on it.
@Suite(.timeLimit(.minutes(3)))
struct FirstPushTests {
    @Test func theFirstPushGoesLiveAndSaysWhere() async throws {
        try await withPlatform { platform in
            let site = try await platform.account().createSite()
            let checkout = try await site.checkout()
            try await checkout.commit(["index.html": "<h1>Hello</h1>\n", "about/index.html": "About\n"])

            let push = try await checkout.push()

            #expect(push.status == 0)
            #expect(push.text.contains("remote: Static site: 2 files, 2 new or changed"))
            let end = try #require(push.text.firstMatch(of: /remote: Live in (.+) \(deployment (\d+)\): (\S+)/))
            #expect(end.1.wholeMatch(of: /[0-9.]+ m?s/) != nil)
            #expect(end.2 == "1")
            #expect(String(end.3) == site.url)

            let page = try await platform.get(String(end.3))
            #expect(page.status == 200)
            #expect(page.text == "<h1>Hello</h1>\n")
            #expect(try await platform.get("\(end.3)/about/").text == "About\n")

            let deployment = try await site.deployment(1)
            #expect(deployment["status"] == .string("live"))
            #expect(deployment["build_log"]?.string?.contains("Static site: 2 files, 2 new or changed") == true)
        }
    }

    @Test func laterPushesReplaceWhatChanged() async throws {
        try await withPlatform { platform in
            let site = try await platform.account().createSite()
            let checkout = try await site.checkout()
            try await checkout.commit(["index.html": "one", "same.html": "same", "gone.html": "gone"])
            #expect(try await checkout.push().succeeded)
            try FileManager.default.removeItem(atPath: "\(checkout.folder)/gone.html")
            try await checkout.commit(["index.html": "two", "new.html": "new"])

            let push = try await checkout.push()

            #expect(push.status == 0)
            #expect(push.text.contains("Static site: 3 files, 2 new or changed"))
            #expect(push.text.contains("(deployment 2): \(site.url)"))
            #expect(try await site.get("/index.html").text == "two")
            #expect(try await site.get("/same.html").text == "same")
            #expect(try await site.get("/new.html").text == "new")
            #expect(try await site.get("/gone.html").status == 404)
            let statuses = try await site.deployments().map { $0["status"] }
            #expect(statuses == [.string("live"), .string("superseded")])
        }
    }

    @Test func aPushWithoutNewsDeploysNothing() async throws {
        try await withPlatform { platform in
            let site = try await platform.account().createSite()
            let checkout = try await site.deployed("still here")

            let push = try await checkout.push()

            #expect(push.status == 0)
            #expect(push.text.contains("Everything up-to-date"))
            #expect(try await site.deployments().count == 1)
            #expect(try await site.get().text == "still here")
        }
    }

    @Test func anEmptyCommitDeploysAgain() async throws {
        try await withPlatform { platform in
            let site = try await platform.account().createSite()
            let checkout = try await site.deployed("still here")
            let commit = try await checkout.commit(message: "Deploy again")

            let push = try await checkout.push()

            #expect(push.status == 0)
            #expect(push.text.contains("Live in"))
            #expect(push.text.contains("(deployment 2): \(site.url)"))
            #expect(try await site.get().text == "still here")
            #expect(try await site.deployment(2)["commit_sha"] == .string(commit))
        }
    }

    @Test func aForcePushPutsTheRewrittenCommitLive() async throws {
        try await withPlatform { platform in
            let site = try await platform.account().createSite()
            let checkout = try await site.deployed("first")
            try await checkout.commit(["index.html": "second"])
            #expect(try await checkout.push().succeeded)
            try checkout.write("index.html", "rewritten")
            try await checkout.git("commit", "--quiet", "--all", "--amend", "--message", "Rewritten")

            let refused = try await checkout.push()
            #expect(refused.status == 1)
            #expect(refused.text.contains("non-fast-forward"))
            #expect(try await site.get().text == "second")

            let forced = try await checkout.push("--force", "caster", "main")
            #expect(forced.status == 0)
            #expect(forced.text.contains("forced update"))
            #expect(forced.text.contains("(deployment 3): \(site.url)"))
            #expect(try await site.get().text == "rewritten")
        }
    }

    @Test func aPushFromAnEmptyRepositoryIsGitsOwnError() async throws {
        try await withPlatform { platform in
            let site = try await platform.account().createSite()
            let push = try await site.checkout().push()
            #expect(push.status == 1)
            #expect(push.text.contains("error: src refspec main does not match any"))
            #expect(try await site.deployments().isEmpty)
            #expect(try await site.get().text.contains("Nothing deployed yet"))
        }
    }

    @Test func aDockerfileFailsPlainlyAndChangesNothing() async throws {
        try await withPlatform { platform in
            let site = try await platform.account().createSite()
            let checkout = try await site.deployed("old and live")
            let commit = try await checkout.commit(["Dockerfile": "FROM scratch\n"])

            let push = try await checkout.push()

            // As git it has succeeded: the commit is stored.
            #expect(push.status == 0)
            #expect(push.text.contains("Failed: "))
            #expect(push.text.contains("no container engine: install Docker or set DOCKER_HOST"))
            #expect(push.text.contains("Deployment 2 failed; the reason is above. Your commit is stored."))
            #expect(push.text.contains("The earlier version is still live: \(site.url)"))
            #expect(try await site.get().text == "old and live")
            let deployment = try await site.deployment(2)
            #expect(deployment["status"] == .string("failed"))
            #expect(deployment["build_log"]?.string?.contains("Failed: ") == true)
            let stored = try await checkout.git("ls-remote", "caster", "main").text
            #expect(stored.hasPrefix(commit))
        }
    }
}
