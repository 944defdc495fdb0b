import Foundation
import Synchronization
import Testing

/// `kill -9` of the HTTP front and the worker at any instant, while people paste, upload, deploy in one step, claim and
/// delete: what they were told is true.
@Suite(.timeLimit(.minutes(10)))
struct APICrashTests {
    /// `CASTER_TEST_CRASHES=100` for a long run; `CASTER_TEST_SEED` repeats one.
    private static let crashes = number("CASTER_TEST_CRASHES") ?? 10
    private static let seed = number("CASTER_TEST_SEED") ?? Int.random(in: 0..<1_000_000)

    private static func number(_ name: String) -> Int? { ProcessInfo.processInfo.environment[name].flatMap(Int.init) }

    @Test func whatWasAnsweredIsTrue() async throws {
        print("APICrashTests: CASTER_TEST_SEED=\(Self.seed) repeats this run")
        var generator = SeededGenerator(seed: UInt64(Self.seed))
        try await withPlatform(roles: .apart, settings: ["CASTER_ANONYMOUS_DEPLOYS_PER_HOUR": "10000"]) { platform in
            let account = try await platform.account()
            let diary = Diary(account: account)
            let ending = Ending()
            let pasted = try await account.createSite()
            let uploaded = try await account.createSite()

            try await withThrowingTaskGroup(of: Void.self) { group in
                // Two on one site, so that one commit overtakes another.
                for _ in 0..<2 { group.addTask { while !ending.isReached { await diary.paste(to: pasted) } } }
                group.addTask { while !ending.isReached { await diary.upload(to: uploaded) } }
                group.addTask { while !ending.isReached { await diary.deployOnce() } }
                group.addTask { while !ending.isReached { await diary.deployAndClaim() } }
                group.addTask { while !ending.isReached { await diary.createAndDelete() } }
                defer { ending.reach() }
                for crash in 0..<Self.crashes {
                    let role: Platform.Role = crash % 2 == 0 ? .http : .build
                    try await Task.sleep(for: .milliseconds(Int.random(in: 100...500, using: &generator)))
                    try await platform.kill(role)
                    try platform.start(role)
                    try await platform.waitUntilReady()
                }
                ending.reach()
                try await group.waitForAll()
            }
            try await diary.expectTrue()
            print("APICrashTests: \(Self.crashes) crashes, \(diary.summary)")
        }
    }
}

/// What somebody was told by the API: only answers in the 200s are noted.
private final class Diary: Sendable {
    private let account: Account
    private let state = Mutex(State())

    private struct State {
        var number = 0
        /// The numbers that were accepted, in the order of the answers, by site.
        var accepted: [String: [(number: Int, deployment: Int)]] = [:]
        var sites: [String: Site] = [:]
        /// One-shot deploys, by what the page says.
        var pages: [String: Site] = [:]
        var claimed: [Site] = []
        var deleted: [Site] = []
        var refused = 0
    }

    init(account: Account) { self.account = account }

    private var platform: Platform { account.platform }

    var summary: String {
        state.withLock { state in
            "accepted \(state.accepted.values.map(\.count)), one-shot \(state.pages.count), claimed \(state.claimed.count), "
                + "deleted \(state.deleted.count), no answer \(state.refused)"
        }
    }

    private func next() -> Int {
        state.withLock { state in
            state.number += 1
            return state.number
        }
    }

    /// The answer if it was a success. While a role is down, there is none, and nobody hurries.
    private func answer(_ request: () async throws -> Reply) async -> Reply? {
        if let reply = try? await request() {
            if (200...299).contains(reply.status) { return reply }
            let isExpected = [502, 504].contains(reply.status)
            #expect(isExpected, "\(reply.status) \(reply.text)")
        }
        state.withLock { $0.refused += 1 }
        try? await Task.sleep(for: .milliseconds(30))
        return nil
    }

    private func note(_ reply: Reply, _ number: Int, for site: Site) {
        state.withLock { state in
            state.sites[site.siteID] = site
            state.accepted[site.siteID, default: []].append((number, reply.json["deployment_id"]?.number ?? 0))
        }
    }

    func paste(to site: Site) async {
        let number = next()
        let reply = await answer { try await site.paste(PastedFile("index.html", "number \(number)")) }
        if let reply { note(reply, number, for: site) }
    }

    func upload(to site: Site) async {
        let number = next()
        let folder = "\(account.home)/upload\(number)"
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
            try "number \(number)".write(toFile: "\(folder)/index.html", atomically: false, encoding: .utf8)
            _ = try await run(["tar", "-czf", "\(folder).tgz", "-C", folder, "."]).orThrow("tar")
        } catch {
            Issue.record(error)
        }
        let reply = await answer { try await site.upload("\(folder).tgz") }
        if let reply { note(reply, number, for: site) }
    }

    func deployOnce() async {
        let page = "page \(next())"
        guard let reply = await answer({ try await account.deployOnce(page) }),
            let site = try? account.site(reply.json["site"])
        else { return }
        state.withLock { $0.pages[page] = site }
    }

    func deployAndClaim() async {
        let page = "page \(next())"
        guard let reply = await answer({ try await platform.deployAnonymously(page) }),
            let token = reply.json["claim_token"]?.string, let site = try? account.site(reply.json["site"])
        else { return }
        state.withLock { $0.pages[page] = site }
        guard await answer({ try await account.claim(token) }) != nil else { return }
        state.withLock { $0.claimed.append(site) }
    }

    func createAndDelete() async {
        guard let reply = await answer({ try await account.deployOnce("doomed \(next())") }),
            let site = try? account.site(reply.json["site"]),
            await answer({ try await account.api("DELETE", "/sites/\(site.short)") }) != nil
        else { return }
        let gone = try? await site.get()
        #expect(gone?.status == 404, "a visitor still gets a deleted site")
        state.withLock { $0.deleted.append(site) }
    }

    func expectTrue() async throws {
        let (accepted, sites) = state.withLock { ($0.accepted, $0.sites) }
        let (pages, claimed, deleted) = state.withLock { ($0.pages, $0.claimed, $0.deleted) }
        #expect(accepted.values.allSatisfy { !$0.isEmpty } && !pages.isEmpty && !claimed.isEmpty && !deleted.isEmpty)
        for (siteID, answers) in accepted {
            let site = try #require(sites[siteID])
            try await eventually("something is stuck: \(try await site.deployments().prefix(3))") {
                try await site.deployments().allSatisfy { ["live", "superseded"].contains($0["status"]?.string) }
            }
            let deployments = try await site.deployments()
            let known = Set(deployments.compactMap { $0["id"]?.number })
            for (number, deployment) in answers {
                #expect(
                    known.contains(deployment), "number \(number), deployment \(deployment), was accepted and is lost")
            }
            // What is live is the newest that was accepted, or newer.
            let live = try #require(deployments.first { $0["status"] == .string("live") }?["id"]?.number)
            let newest = answers.map(\.deployment).max() ?? 0
            let overtaken = deployments.first { $0["id"]?.number == newest }?["status"] == .string("superseded")
            #expect(live >= newest || overtaken)
            let shown = try await site.get().text
            #expect(shown.hasPrefix("number "))
            let tip = try await site.clone()
            #expect(try String(contentsOfFile: "\(tip.folder)/index.html", encoding: .utf8) == shown)
        }
        for (page, site) in pages {
            try await eventually("\(page) was accepted and is not served") { try await site.get().text == page }
        }
        for site in claimed { #expect(try await account.api("GET", "/sites/\(site.short)").status == 200) }
        for site in deleted {
            #expect(try await site.get().status == 404)
            #expect(try await account.api("GET", "/sites/\(site.short)").status == 404)
            try await eventually("\(site.siteID) was deleted and is left") {
                try platform.traces(of: site.siteID).isEmpty
            }
        }
    }
}
