import Foundation
import Testing

/// 200 MB go through the SSH server both ways, and it holds little of them.
@Suite(.timeLimit(.minutes(4)))
struct LargePushTests {
    /// KiB that the server may have held at any time more than at its start.
    private static let growth = 48 << 10

    @Test func memoryStaysSmall() async throws {
        try await withPlatform(roles: .apart) { platform in
            let site = try await platform.account().createSite()
            let checkout = try await site.deployed("small")
            let pid = try #require(platform.pid(.ssh))
            let start = try Processes.memory("VmRSS", of: pid)
            for number in 1...4 { try checkout.write("noise\(number).bin", try Noise.bytes(50 << 20)) }
            try await checkout.git("config", "core.compression", "0")
            try await checkout.commit()

            let push = try await checkout.push()
            #expect(push.status == 0, "\(push.text)")
            #expect(push.text.contains("Live in"))
            let pushed = try Processes.memory("VmHWM", of: pid)
            #expect(pushed - start < Self.growth, "\(start) KiB at the start, \(pushed) KiB at most")

            let page = try await site.get("/noise3.bin", method: "HEAD")
            #expect(page.header("Content-Length") == "\(50 << 20)")

            try await checkout.git("clone", "--quiet", site.gitURL, "\(site.owner.home)/clone")
            let cloned = try Processes.memory("VmHWM", of: pid)
            #expect(cloned - start < Self.growth, "\(start) KiB at the start, \(cloned) KiB at most")
            for number in 1...4 {
                let same = try await run(
                    ["cmp", "\(checkout.folder)/noise\(number).bin", "\(site.owner.home)/clone/noise\(number).bin"])
                #expect(same.status == 0)
            }
        }
    }

    /// Keys are exchanged anew every megabyte, in the middle of the data.
    @Test func keysMayBeExchangedAnewMeanwhile() async throws {
        try await withPlatform { platform in
            let site = try await platform.account().createSite()
            let checkout = try await site.checkout()
            try checkout.write("noise.bin", try Noise.bytes(12 << 20))
            try await checkout.commit()
            let rekeying = site.owner.environment.merging(
                ["GIT_SSH_COMMAND": site.owner.environment["GIT_SSH_COMMAND", default: ""] + " -o RekeyLimit=1M"]
            ) { $1 }
            let push = try await run(
                ["git", "push", "caster", "main"], environment: rekeying, directory: checkout.folder)
            #expect(push.text.contains("Live in"), "\(push.text)")
            let clone = try await run(
                ["git", "clone", "--quiet", site.gitURL, "\(site.owner.home)/clone"], environment: rekeying)
            #expect(clone.status == 0, "\(clone.text)")
            let same = try await run(["cmp", "\(checkout.folder)/noise.bin", "\(site.owner.home)/clone/noise.bin"])
            #expect(same.status == 0)
        }
    }
}
