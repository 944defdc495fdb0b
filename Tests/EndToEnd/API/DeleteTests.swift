import Foundation
import Testing

/// `DELETE /sites/{identifier}`: gone for visitors at the answer, and soon without a trace.
@Suite(.timeLimit(.minutes(3)))
struct DeleteTests {
    @Test func aDeletedSiteIsGone() async throws {
        try await withPlatform { platform in
            let account = try await platform.account()
            let site = try await account.createSite()
            let checkout = try await site.deployed("to be deleted")
            let other = try await account.createSite()
            try await other.pastePage("stays")
            #expect(try await account.rename(site.short, to: "my-project").status == 200)

            let deleted = try await account.api("DELETE", "/sites/my-project")
            #expect(deleted.status == 204)
            #expect(deleted.body.isEmpty)
            for host in [site.host, "my-project.caster.localhost"] {
                let reply = try await platform.get(host: host)
                #expect(reply.status == 404)
                #expect(reply.text.contains("No site here"))
            }
            for identifier in [site.short, "my-project"] {
                for path in ["", "/deployments", "/deployments/1"] {
                    expectError(try await account.api("GET", "/sites/\(identifier)\(path)"), 404, "no such site")
                }
                expectError(try await account.api("DELETE", "/sites/\(identifier)"), 404, "no such site")
            }
            #expect(try await site.paste(PastedFile("index.html", "x")).status == 404)
            let push = try await checkout.push()
            #expect(push.status != 0)
            #expect(try await account.api("GET", "/sites").json.array?.map { $0["site_id"]?.string } == [other.siteID])
            try await eventually("something is left") { try platform.traces(of: site.siteID).isEmpty }
            try await eventually("its log is left") {
                !FileManager.default.fileExists(atPath: "\(platform.dataFolder)/logs/1.log")
            }
            // Its name is free for its owner at once.
            #expect(try await account.rename(other.short, to: "my-project").status == 200)
            #expect(try await platform.get(host: "my-project.caster.localhost").text == "stays")
        }
    }

    /// At any instant of a deployment, whatever it is doing.
    @Test func duringADeployment() async throws {
        try await withPlatform { platform in
            let account = try await platform.account()
            // Large enough that the worker is at it for a while.
            let files = (0..<500).map { PastedFile("d\($0 % 50)/\($0).txt", "file \($0)") }
            for delay in [0, 20, 50, 90, 150] {
                let site = try await account.createSite()
                let accepted = try await site.paste(files)
                #expect(accepted.status == 202)
                try await Task.sleep(for: .milliseconds(delay))
                #expect(try await account.api("DELETE", "/sites/\(site.short)").status == 204)
                #expect(try await site.get("/d1/1.txt").status == 404)
                try await eventually("something is left after \(delay) ms") {
                    try platform.traces(of: site.siteID).isEmpty
                }
                let log = "\(platform.dataFolder)/logs/\(accepted.json["deployment_id"]?.number ?? 0).log"
                try await eventually("its log is left") { !FileManager.default.fileExists(atPath: log) }
                #expect(try await site.get("/d1/1.txt").status == 404)
            }
            // Nothing comes back, and nothing else is the worse for it.
            #expect(try FileManager.default.contentsOfDirectory(atPath: "\(platform.dataFolder)/sites").isEmpty)
            try await account.createSite().pastePage("after all that")
            #expect(!platform.log.contains("error"), "\(platform.log)")
        }
    }

    @Test func twoAtOnce() async throws {
        try await withPlatform { platform in
            let account = try await platform.account()
            let site = try await account.createSite()
            try await site.pastePage("x")
            let programs = try (0..<4).map { _ in
                try platform.beginCurl(["--request", "DELETE"], "/sites/\(site.short)", key: account.apiKey)
            }
            var statuses: [Int] = []
            for program in programs { statuses.append(try await program.reply().status) }
            #expect(statuses.sorted() == [204, 404, 404, 404])
        }
    }

    /// Killed while it deletes, or with the answer just sent: the next start finishes what was begun.
    @Test(arguments: [Platform.Role.http, .build])
    func aKilledRoleLeavesNothing(_ role: Platform.Role) async throws {
        try await withPlatform(roles: .apart) { platform in
            let account = try await platform.account()
            let kept = try await account.createSite()
            try await kept.pastePage("kept")
            for delay in [0, 10, 20, 35] {
                let site = try await account.createSite()
                try await site.pastePage("doomed")
                #expect(try await account.rename(site.short, to: "doomed-site-\(site.short)").status == 200)
                let deletion = try platform.beginCurl(
                    ["--request", "DELETE"], "/sites/\(site.short)", key: account.apiKey)
                // curl takes some 10 ms to start.
                try await Task.sleep(for: .milliseconds(delay))
                try await platform.kill(role)
                let answer = try? await deletion.reply().status
                if answer == 204 {
                    #expect(try await site.get().status == 404)
                    #expect(try await platform.get(host: "doomed-site-\(site.short).caster.localhost").status == 404)
                }
                try platform.start(role)
                try await platform.waitUntilReady()
                if try await account.api("GET", "/sites/\(site.short)").status == 404 {
                    try await eventually("half deleted") { try platform.traces(of: site.siteID).isEmpty }
                    #expect(try await site.get().status == 404)
                } else {
                    #expect(answer != 204)
                    #expect(try await site.get().text == "doomed")
                }
            }
            #expect(try await kept.get().text == "kept")
        }
    }
}
