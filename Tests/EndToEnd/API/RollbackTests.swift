import Foundation
import Testing

/// `POST …/deployments/{id}/rollback`: an earlier release is live again.
@Suite(.timeLimit(.minutes(3)))
struct RollbackTests {
    @Test func anEarlierReleaseIsLiveAgain() async throws {
        try await withPlatform { platform in
            let site = try await platform.account().createSite()
            let first = try await site.pastePage("one")
            let hash = try #require(try await site.deployment(first)["content_hash"])
            try await site.pastePage("two")
            let path = "/sites/\(site.short)/deployments"

            let reply = try await site.owner.api("POST", "\(path)/\(first)/rollback")
            #expect(reply.status == 202)
            #expect(reply.json.names == ["deployment_id", "environment", "content_hash", "status"])
            #expect(reply.json["content_hash"] == hash)
            let id = try await site.untilLive(reply)
            #expect(id == 3)
            #expect(try await site.get().text == "one")
            let deployment = try await site.deployment(id)
            #expect(deployment["source"] == .string("rollback"))
            #expect(try await deployment["commit_sha"] == site.deployment(first)["commit_sha"])
            #expect(try await site.deployments().map { $0["status"]?.string } == ["live", "superseded", "superseded"])
            let releases = "\(platform.dataFolder)/sites/\(site.siteID)"
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: releases).sorted() == ["1", "2"],
                "nothing was built")

            // To what is live: nothing changes. Forward again. Then an ordinary deploy.
            try await site.untilLive(site.owner.api("POST", "\(path)/\(id)/rollback"))
            #expect(try await site.get().text == "one")
            try await site.untilLive(site.owner.api("POST", "\(path)/2/rollback"))
            #expect(try await site.get().text == "two")
            try await site.pastePage("three")
            #expect(try await site.get().text == "three")
        }
    }

    /// The housekeeping comes once a minute; what it removed is built again from its commit.
    @Test func aReleaseThatIsNotKeptIsBuiltAgain() async throws {
        let settings = ["CASTER_RELEASES_KEPT": "1", "CASTER_RELEASE_GRACE": "1"]
        try await withPlatform(settings: settings) { platform in
            let site = try await platform.account(addsKey: false).createSite()
            let (first, second) = (try await site.pastePage("one"), try await site.pastePage("two"))
            let releases = "\(platform.dataFolder)/sites/\(site.siteID)"
            try await eventually("the first release was not removed", within: .seconds(130)) {
                try FileManager.default.contentsOfDirectory(atPath: releases) == ["\(second)"]
            }
            #expect(try await site.get().text == "two")
            let id = try await site.untilLive(
                site.owner.api("POST", "/sites/\(site.short)/deployments/\(first)/rollback"))
            #expect(try await site.get().text == "one")
            #expect(FileManager.default.fileExists(atPath: "\(releases)/\(id)/index.html"))
            #expect(try await site.deployments().map { $0["status"]?.string } == ["live", "superseded", "superseded"])
        }
    }

    @Test func aReleaseThatWasLostIsBuiltAgain() async throws {
        try await withPlatform { platform in
            let site = try await platform.account().createSite()
            let first = try await site.pastePage("one")
            try await site.pastePage("two")
            // By somebody's hand: the store does not know.
            try FileManager.default.removeItem(atPath: "\(platform.dataFolder)/sites/\(site.siteID)/\(first)")
            try await site.untilLive(
                site.owner.api("POST", "/sites/\(site.short)/deployments/\(first)/rollback"))
            #expect(try await site.get().text == "one")
        }
    }

    @Test func whatCannotBeRolledBackTo() async throws {
        try await withPlatform { platform in
            let site = try await platform.account().createSite()
            let path = "/sites/\(site.short)/deployments"
            let failed = try #require(
                try await site.paste(PastedFile("Dockerfile", "FROM scratch")).json["deployment_id"]?.number)
            #expect(try await site.untilEnded(failed)["status"] == .string("failed"))
            expectError(try await site.owner.api("POST", "\(path)/\(failed)/rollback"), 409, "is failed")
            for id in ["99", "0", "-1", "x", "9223372036854775808"] {
                expectError(try await site.owner.api("POST", "\(path)/\(id)/rollback"), 404, "")
            }
            let other = try await site.owner.createSite()
            try await other.pastePage("other")
            expectError(try await site.owner.api("POST", "\(path)/2/rollback"), 404, "no such deployment")
            #expect(try await site.deployments().count == 1)
        }
    }
}
