import Foundation
import Synchronization
import Testing

/// One person who pushes version after version to one site, whatever happens.
final class PushStream: Sendable {
    let site: Site
    private let checkout: Checkout
    private let state = Mutex(State())

    private struct State {
        var pushes = 0
        /// Commits whose push succeeded, with their version.
        var accepted: [(commit: String, version: Int)] = []
    }

    /// Pushes the first version.
    init(to site: Site) async throws {
        self.site = site
        checkout = try await site.checkout()
        try await pushOnce()
        guard !accepted.isEmpty else { throw TimedOut(what: "the first push did not succeed", seen: "") }
    }

    var pushes: Int { state.withLock(\.pushes) }
    var accepted: [(commit: String, version: Int)] { state.withLock(\.accepted) }

    func pushOnce() async throws {
        let version = state.withLock { state in
            state.pushes += 1
            return state.pushes
        }
        let commit = try await checkout.commit(Version(version).files)
        let push = try await checkout.push()
        if push.succeeded { state.withLock { $0.accepted.append((commit, version)) } }
        // Without a server there is nobody to be polite to; with one there is.
        if !push.succeeded { try await Task.sleep(for: .milliseconds(50)) }
    }

    /// Every push that succeeded is live or superseded, nothing is under way, and the site shows the tip of `main`.
    func expectNothingLost() async throws {
        let tip = try await checkout.git("ls-remote", "caster", "main").text.prefix(40)
        try await eventually("something is stuck: \(try await site.deployments().prefix(3))", within: .seconds(30)) {
            let deployments = try await site.deployments()
            return deployments.allSatisfy { ["live", "superseded", "failed"].contains($0["status"]?.string) }
                && deployments.contains { $0["commit_sha"] == .string(String(tip)) && $0["status"] == .string("live") }
        }
        let deployments = try await site.deployments()
        var statuses: [String: Set<String>] = [:]
        for deployment in deployments {
            statuses[deployment["commit_sha"]?.string ?? "", default: []].insert(deployment["status"]?.string ?? "")
        }
        for (commit, version) in accepted {
            let found = statuses[commit] ?? []
            #expect(!found.isEmpty && found.isSubset(of: ["live", "superseded"]), "version \(version): \(found)")
        }
        #expect(deployments.filter { $0["status"] == .string("live") }.count == 1)

        let live = try await checkout.git("show", "\(tip):page.txt").text
        #expect(try await site.get("/page.txt").text == live)
        let number = try #require(Version(text: live)).number
        #expect(number >= accepted.last?.version ?? 0)
    }
}

/// Told once that it is over.
final class Ending: Sendable {
    private let state = Mutex(false)

    var isReached: Bool { state.withLock { $0 } }

    func reach() { state.withLock { $0 = true } }
}

/// SplitMix64: the same numbers for the same seed.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var bits = state
        bits = (bits ^ (bits >> 30)) &* 0xbf58_476d_1ce4_e5b9
        bits = (bits ^ (bits >> 27)) &* 0x94d0_49bb_1331_11eb
        return bits ^ (bits >> 31)
    }
}
