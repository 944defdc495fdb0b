import Foundation
import Glibc
import Testing

/// A disk without room: what is live stays so, whoever deploys is told why it failed, and all goes on once there is room.
@Suite(.timeLimit(.minutes(2)), .enabled(if: geteuid() == 0, "only root can mount a small file system"))
struct FullDiskTests {
    @Test func nothingIsLost() async throws {
        let disk = "/tmp/cd\(UInt32.random(in: .min ... .max))"
        try FileManager.default.createDirectory(atPath: disk, withIntermediateDirectories: false)
        _ = try await run(["mount", "-t", "tmpfs", "-o", "size=64m,mode=0700", "none", disk]).orThrow("mount")
        do {
            try await withPlatform(settings: ["CASTER_DATA_DIR": "\(disk)/data"]) { platform in
                let site = try await platform.account().createSite()
                let checkout = try await site.deployed("before")
                let filler = "\(disk)/filler"
                _ = try await run(["dd", "if=/dev/zero", "of=\(filler)", "bs=1M"])

                // The second is too large for nginx's memory.
                for size in [10_000, 100_000] {
                    let paste = try await site.paste(PastedFile("index.html", String(repeating: "x", count: size)))
                    expectError(paste, 500, "the server's disk is full: nothing was stored")
                }
                let archive = "\(platform.folder)/big.tar"
                try Data(repeating: 7, count: 300_000).write(to: URL(filePath: "\(platform.folder)/big"))
                _ = try await run(["tar", "-cf", archive, "-C", platform.folder, "big"]).orThrow("tar")
                expectError(try await site.upload(archive), 500, "the server's disk is full")
                try await checkout.commit(["index.html": String(repeating: "y", count: 100_000)])
                let push = try await checkout.push()
                #expect(push.status != 0)
                #expect(push.text.contains("No space left on device"), "\(push.text)")
                #expect(try await site.get().text == "before")
                #expect(try await site.owner.api("GET", "/sites/\(site.short)").status == 200)

                try FileManager.default.removeItem(atPath: filler)
                #expect(try await checkout.push().text.contains("Live in"))
                try await site.pastePage("after")
                #expect(try await site.get().text == "after")
            }
        } catch {
            _ = try await run(["umount", "--lazy", disk])
            throw error
        }
        _ = try await run(["umount", disk]).orThrow("umount")
        try FileManager.default.removeItem(atPath: disk)
    }
}
