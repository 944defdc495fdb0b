import Foundation
import Testing

/// What nobody needs any more goes by itself, once a minute.
@Suite(.timeLimit(.minutes(4)))
struct HousekeepingTests {
    @Test func oldReleasesGoAndDeploymentsOfTheSameFilesCountOnce() async throws {
        let settings = ["CASTER_RELEASES_KEPT": "2", "CASTER_RELEASE_GRACE": "1"]
        try await withPlatform(settings: settings) { platform in
            let site = try await platform.account().createSite()
            let checkout = try await site.checkout()
            for page in ["one", "two", "three", "four"] {
                try await checkout.commit(["index.html": page])
                #expect(try await checkout.push().text.contains("Live in"))
            }
            // Five more of the newest.
            for number in 5...9 {
                try await checkout.commit(message: "Again")
                #expect(try await checkout.push().text.contains("(deployment \(number))"))
            }
            // A push to another site, its first, was cut off two hours ago; one is under way.
            let other = try await site.owner.createSite()
            let objects = "\(other.repository)/objects"
            let (cut, fresh) = ("\(objects)/tmp_objdir-incoming-cut", "\(objects)/tmp_objdir-incoming-new")
            for quarantine in [cut, fresh] {
                try FileManager.default.createDirectory(atPath: quarantine, withIntermediateDirectories: false)
            }
            try FileManager.default.setAttributes(
                [.modificationDate: Date.now.addingTimeInterval(-7200)], ofItemAtPath: cut)

            let folder = "\(platform.dataFolder)/sites/\(site.siteID)"
            func releases() throws -> Set<String> { Set(try FileManager.default.contentsOfDirectory(atPath: folder)) }
            #expect(try releases().isSubset(of: ["1", "2", "3", "4"]))

            try await eventually("old releases are still there", within: .seconds(130)) {
                try releases().isDisjoint(with: ["1", "2"])
            }

            #expect(try releases() == ["3", "4"])
            try await eventually("what was cut off is still there", within: .seconds(70)) {
                !FileManager.default.fileExists(atPath: cut)
            }
            #expect(FileManager.default.fileExists(atPath: fresh))
            #expect(try await site.get().text == "four")
            // The one before is as good as it was.
            let back = try await site.owner.api("POST", "/sites/\(site.short)/deployments/3/rollback")
            let id = try await site.untilLive(back)
            #expect(try await site.get().text == "three")
            #expect(try await site.deployment(id)["build_log"]?.string?.contains("nothing to build") == true)
            // One that went is made anew.
            try await site.untilLive(site.owner.api("POST", "/sites/\(site.short)/deployments/1/rollback"))
            #expect(try await site.get().text == "one")
        }
    }
}
