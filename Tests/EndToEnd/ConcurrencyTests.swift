import Foundation
import Glibc
import Testing

/// Many people at once, and some who misbehave.
@Suite(.timeLimit(.minutes(4)))
struct ConcurrencyTests {
    @Test func twoPeopleAtOnceOnOneSite() async throws {
        try await withPlatform { platform in
            let site = try await platform.account().createSite()
            let first = try await site.deployed("start")
            let second = try await site.checkout()
            for round in 1...5 {
                try await first.commit(["index.html": "first \(round)"])
                try await second.commit(["index.html": "second \(round)"])
                let pushes = [
                    try first.beginPush("--force", "caster", "main"), try second.beginPush("--force", "caster", "main"),
                ]
                var outcomes: [Outcome] = []
                for push in pushes { outcomes.append(try await push.wait()) }
                // One may lose the race for the ref: git says so, and its push did not succeed.
                #expect(outcomes.contains { $0.succeeded })
                for outcome in outcomes where !outcome.succeeded {
                    #expect(outcome.text.contains("failed to update ref") || outcome.text.contains("rejected"))
                }

                let tip = try await first.git("ls-remote", "caster", "main").text.prefix(40)
                let winner = try await first.git("rev-parse", "HEAD").line == tip ? "first" : "second"
                #expect(try await site.get().text == "\(winner) \(round)")
                let live = try await site.deployments().filter { $0["status"] == .string("live") }
                #expect(live.count == 1)
                #expect(live.first?["commit_sha"] == .string(String(tip)))
            }
            let unfinished = try await site.deployments().filter {
                !["live", "superseded"].contains($0["status"]?.string)
            }
            #expect(unfinished.isEmpty)
        }
    }

    @Test func twentyAtOnceToTwentySites() async throws {
        try await withPlatform { platform in
            let account = try await platform.account()
            var sites: [(site: Site, checkout: Checkout)] = []
            for number in 1...20 {
                let site = try await account.createSite()
                let checkout = try await site.checkout()
                try await checkout.commit(["index.html": "site \(number)"])
                sites.append((site, checkout))
            }
            let pushes = try sites.map { try $0.checkout.beginPush() }
            for (number, push) in pushes.enumerated() {
                let outcome = try await push.wait()
                #expect(outcome.status == 0, "\(outcome.text)")
                #expect(outcome.text.contains(sites[number].site.url))
                #expect(try await sites[number].site.get().text == "site \(number + 1)")
            }
        }
    }

    @Test(arguments: ["CASTER_SSH_CONNECTIONS_PER_ADDRESS", "CASTER_SSH_CONNECTIONS"])
    func whoeverIsOneTooManyIsToldSo(_ setting: String) async throws {
        try await withPlatform(settings: [setting: "2"]) { platform in
            let account = try await platform.account()
            let site = try await account.createSite()
            // Two clients that hold their connections: a push that has not begun.
            let holders = try (0..<2).map { _ in try site.beginSilentPush() }
            defer { for holder in holders { holder.signal(SIGKILL) } }
            try await eventually("two pushes did not begin") { site.gits.count == 2 }

            let refused = try await account.ssh()
            #expect(refused.status == 255)
            #expect(refused.text.contains("2 connections (\(setting))"), "\(refused.text)")

            for holder in holders { holder.signal(SIGKILL) }
            try await eventually("the places were not given back") { try await account.ssh().succeeded }
        }
    }

    @Test func aClientThatVanishesLeavesNothingRunning() async throws {
        try await withPlatform { platform in
            let site = try await platform.account().createSite()
            let checkout = try await site.deployed("still here")
            try checkout.write("big.bin", try Noise.bytes(30 << 20))
            try await checkout.commit()
            let push = try checkout.beginPush()
            try await eventually("the push did not begin") { !site.gits.isEmpty }
            push.signal(SIGKILL)

            try await eventually("git outlived its client") { site.gits.isEmpty }
            #expect(try await site.get().text == "still here")
            let again = try await checkout.push()
            #expect(again.status == 0)
            #expect(again.text.contains("Live in"))
        }
    }

    @Test func aClientThatNeverReadsIsInNobodysWay() async throws {
        try await withPlatform { platform in
            let site = try await platform.account().createSite()
            let checkout = try await site.checkout()
            try checkout.write("big.bin", try Noise.bytes(20 << 20))
            try await checkout.commit(["index.html": "one"])
            #expect(try await checkout.push().succeeded)
            let clone = try Program(
                ["git", "clone", "--quiet", site.gitURL, "\(site.owner.home)/clone"],
                environment: site.owner.environment)
            defer { clone.signal(SIGKILL) }
            try await eventually("the clone did not begin") { !site.gits.isEmpty }
            clone.signal(SIGSTOP)

            for text in ["two", "three", "four"] {
                try await checkout.commit(["index.html": text])
                #expect(try await checkout.push().text.contains("Live in"))
                #expect(try await site.get().text == text)
            }
            clone.signal(SIGCONT)
            #expect(try await clone.wait().status == 0)
        }
    }

    @Test func aSilentClientIsSentAway() async throws {
        try await withPlatform(settings: ["CASTER_SSH_IDLE_TIMEOUT": "1"]) { platform in
            let site = try await platform.account().createSite()
            let push = try site.beginSilentPush()
            let outcome = try await push.wait(within: .seconds(20))
            #expect(outcome.text.contains("CASTER_SSH_IDLE_TIMEOUT"), "\(outcome.text)")
            try await eventually("git outlived its client") { site.gits.isEmpty }
            // Signed in, and nothing asked for.
            let idle = try await site.owner.ssh(options: ["-N"])
            #expect(idle.status == 255)
            #expect(idle.text.contains("nothing came or went for 1 s (CASTER_SSH_IDLE_TIMEOUT)"), "\(idle.text)")
        }
    }
}

extension Site {
    /// The gits that the platform runs in this site's repository.
    var gits: [Processes] { Processes.working(in: repository) }

    /// Starts a push that never says what it pushes.
    func beginSilentPush(_ options: [String] = []) throws -> Program {
        try Program(
            ["bash", "-c", #"exec "$@" < <(sleep 60)"#, "bash"]
                + owner.sshWords("git-receive-pack '\(short).git'", options: options),
            environment: owner.environment)
    }
}

/// Bytes that no compression makes smaller.
enum Noise {
    static func bytes(_ count: Int) throws -> Data {
        let file = try FileHandle(forReadingFrom: URL(filePath: "/dev/urandom"))
        defer { try? file.close() }
        return try file.read(upToCount: count) ?? Data()
    }
}
