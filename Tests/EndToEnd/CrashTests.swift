import Foundation
import Testing

/// `kill -9` of any role at any instant, under a stream of pushes: nothing that was accepted is lost, nothing is stuck,
/// and visitors notice nothing.
@Suite(.timeLimit(.minutes(20)))
struct CrashTests {
    /// `CASTER_TEST_CRASHES=100` for a long run; `CASTER_TEST_SEED` repeats one.
    private static let crashes = number("CASTER_TEST_CRASHES") ?? 20
    private static let seed = number("CASTER_TEST_SEED") ?? Int.random(in: 0..<1_000_000)

    private static func number(_ name: String) -> Int? { ProcessInfo.processInfo.environment[name].flatMap(Int.init) }

    @Test(arguments: [[Platform.Role].apart, [.serve]])
    func killedAtAnyInstant(_ roles: [Platform.Role]) async throws {
        print("CrashTests: CASTER_TEST_SEED=\(Self.seed) repeats this run")
        var generator = SeededGenerator(seed: UInt64(Self.seed))
        // As often for each role.
        let crashes = Self.crashes * roles.count / 4
        try await withPlatform(roles: roles) { platform in
            let account = try await platform.account()
            var streams: [PushStream] = []
            for _ in 0..<2 { streams.append(try await PushStream(to: account.createSite())) }
            let visitors = streams.map { Visitor(of: $0.site) }
            let ending = Ending()

            try await withThrowingTaskGroup(of: Void.self) { group in
                for visitor in visitors { group.addTask { try await visitor.visit() } }
                for stream in streams {
                    group.addTask {
                        while !ending.isReached { try await stream.pushOnce() }
                    }
                }
                defer {
                    ending.reach()
                    for visitor in visitors { visitor.stop() }
                }
                for crash in 0..<crashes {
                    let role = roles[crash % roles.count]
                    // Anywhere within a push, which takes some 200 ms.
                    try await Task.sleep(for: .milliseconds(Int.random(in: 150...700, using: &generator)))
                    try await platform.kill(role)
                    if Bool.random(using: &generator) {
                        try await Task.sleep(for: .milliseconds(Int.random(in: 0...400, using: &generator)))
                    }
                    try platform.start(role)
                    try await platform.waitUntilReady()
                }
                ending.reach()
                for visitor in visitors { visitor.stop() }
                try await group.waitForAll()
            }

            for (stream, visitor) in zip(streams, visitors) {
                try await stream.expectNothingLost()
                #expect(visitor.complaints.isEmpty, "\(visitor.complaints.prefix(5))")
                #expect(visitor.visits > crashes)
            }
            print(
                "CrashTests: \(crashes) crashes, pushes \(streams.map(\.pushes)), of which succeeded "
                    + "\(streams.map(\.accepted.count)), visits \(visitors.map(\.visits))")
        }
    }

    /// The worst instant for each: a role is gone when the push comes, and comes back later.
    @Test func aPushWhileTheWorkerIsDownGoesLiveWhenItIsBack() async throws {
        try await withPlatform(roles: .apart) { platform in
            let site = try await platform.account().createSite()
            let checkout = try await site.deployed("before")
            try await platform.kill(.build)
            let commit = try await checkout.commit(["index.html": "after"])
            let push = try checkout.beginPush()
            try await eventually("the push was not accepted") {
                try await site.deployments().contains { $0["commit_sha"] == .string(commit) }
            }
            #expect(try await site.get().text == "before")
            // The person who waits is told that it goes on.
            try await eventually("no heartbeat") { push.printed.contains("still") }

            try platform.start(.build)
            let outcome = try await push.wait()
            #expect(outcome.status == 0)
            #expect(outcome.text.contains("Live in"), "\(outcome.text)")
            #expect(try await site.get().text == "after")
        }
    }

    /// Git has stored a commit and died before its hook told anybody: the same `git push` again deploys it.
    @Test func aPushThatBrokeOffIsDeployedByTheNext() async throws {
        try await withPlatform { platform in
            let site = try await platform.account().createSite()
            let checkout = try await site.deployed("before")
            let commit = try await checkout.commit(["index.html": "after"])
            _ = try await run(
                ["git", "--git-dir", site.repository, "fetch", "--quiet", checkout.folder, "main:main"],
                environment: site.owner.environment
            ).orThrow("git fetch")
            #expect(try await site.get().text == "before")

            let push = try await checkout.push()

            #expect(push.status == 0)
            #expect(push.text.contains("Everything up-to-date"), "\(push.text)")
            let told = "main was stored by an earlier push that broke off: deployment 2 deploys it now"
            #expect(push.text.contains(told), "\(push.text)")
            try await eventually("it did not go live") { try await site.get().text == "after" }
            #expect(try await site.deployment(2)["commit_sha"] == .string(commit))
            // Once is enough.
            let again = try await checkout.push()
            #expect(!again.text.contains("broke off"), "\(again.text)")
            #expect(try await site.deployments().count == 2)
        }
    }

    @Test func sitesStayUpWithoutAnythingButNginx() async throws {
        try await withPlatform(roles: .apart) { platform in
            let site = try await platform.account().createSite()
            let checkout = try await site.deployed("still here")
            let nginx = platform.nginxPID
            for role in platform.roles { try await platform.kill(role) }
            #expect(try await site.get().text == "still here")
            let api = try await platform.api("GET", "/me")
            #expect(api.status == 502)
            #expect(api.json["error"]?.string?.isEmpty == false)

            try await platform.start()
            #expect(platform.nginxPID == nginx)
            try await checkout.commit(["index.html": "and goes on"])
            #expect(try await checkout.push().text.contains("Live in"))
            #expect(try await site.get().text == "and goes on")
        }
    }
}
