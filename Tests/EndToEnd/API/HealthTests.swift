import Foundation
import Glibc
import Testing

/// `/healthz`, `/readyz` and `/metrics`.
@Suite(.timeLimit(.minutes(2)))
struct HealthTests {
    @Test func healthAndReadiness() async throws {
        try await withPlatform(roles: .apart) { platform in
            for path in ["//healthz", "//readyz"] {
                let reply = try await platform.curl([], path)
                #expect(reply.status == 200)
                #expect(reply.json == .object(["status": .string("ok")]))
            }
            try await platform.kill(.http)
            for path in ["//healthz", "//readyz"] {
                let reply = try await platform.curl([], path)
                #expect(reply.status == 502)
                #expect(reply.json["error"]?.string?.isEmpty == false)
                #expect(reply.header("Retry-After") != nil)
            }
            try platform.start(.http)
            try await platform.waitUntilReady()
            #expect(try await platform.curl([], "//readyz").status == 200)
        }
    }

    /// As when the kernel makes a broken disk read-only: the process lives, and can take nothing.
    @Test(.enabled(if: geteuid() == 0, "only root can mount"))
    func aDataFolderThatCannotBeWrittenTo() async throws {
        try await withPlatform { platform in
            let folder = platform.dataFolder
            _ = try await run(["mount", "--bind", folder, folder]).orThrow("mount")
            do {
                _ = try await run(["mount", "-o", "remount,bind,ro", folder]).orThrow("mount")
                expectError(try await platform.curl([], "//readyz"), 503, "cannot be written to")
                let health = try await platform.curl([], "//healthz")
                #expect(health.status == 200)
                #expect(health.json == .object(["status": .string("ok")]))
            } catch {
                _ = try await run(["umount", "--lazy", folder])
                throw error
            }
            _ = try await run(["umount", "--lazy", folder]).orThrow("umount")
            #expect(try await platform.curl([], "//readyz").status == 200)
        }
    }

    @Test(arguments: [[.serve], [Platform.Role].apart])
    func whatIsCounted(_ roles: [Platform.Role]) async throws {
        try await withPlatform(roles: roles) { platform in
            let site = try await platform.account().createSite()
            func value(_ name: String, _ labels: String...) async throws -> Double {
                let reply = try await platform.curl([], "//metrics")
                #expect(reply.status == 200)
                #expect(reply.header("Content-Type")?.hasPrefix("text/plain") == true)
                let lines = reply.text.split(separator: "\n").filter { line in
                    line.hasPrefix(name) && [" ", "{"].contains(line.dropFirst(name.count).first)
                        && labels.allSatisfy { line.contains($0) }
                }
                return lines.compactMap { $0.split(separator: " ").last.flatMap { Double($0) } }.reduce(0, +)
            }
            let live = [#"status="live""#, #"source="paste""#]
            #expect(try await value("caster_deployments_total", live[0], live[1]) == 0)
            try await site.pastePage("one")
            try await site.pastePage("two")
            let failed = try await site.paste(PastedFile("Dockerfile", "FROM scratch"))
            try await site.untilEnded(try #require(failed.json["deployment_id"]?.number))
            try await eventually("the deployments were not counted") {
                let failures = try await value("caster_deployments_total", #"status="failed""#)
                return try await value("caster_deployments_total", live[0], live[1]) == 2 && failures == 1
            }
            #expect(try await value("caster_deployment_stage_seconds_count", #"stage="build""#) == 2)
            #expect(try await value("caster_deployment_stage_seconds_sum", #"stage="build""#) > 0)
            #expect(try await value("caster_queue_length") == 0)
            #expect(try await value("hb_requests_total", "paste", #"response_status_code="202""#) == 3)

            #expect(try await value("caster_ssh_sessions") == 0)
            let session = try site.beginSilentPush()
            defer { session.signal(SIGKILL) }
            try await eventually("the session was not counted") { try await value("caster_ssh_sessions") == 1 }
            session.signal(SIGKILL)
            try await eventually("the end was not counted") { try await value("caster_ssh_sessions") == 0 }
        }
    }
}
