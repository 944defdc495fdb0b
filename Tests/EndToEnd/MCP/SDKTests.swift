import Foundation
import Testing

/// The official Python SDK as the client, today's and an old one, over the real edge.
@Suite(.timeLimit(.minutes(4)))
struct SDKTests {
    static let tools = [
        "deploy_site", "list_sites", "get_site", "get_deployment_logs", "read_site_files", "patch_site_files",
        "rollback_site", "rename_site", "delete_site",
    ]

    @Test(arguments: [
        ("mcp-2", "auto", "2026-07-28"), ("mcp-2", "2026-07-28", "2026-07-28"), ("mcp-2", "legacy", "2025-11-25"),
        ("mcp-1", "legacy", "2025-06-18"), ("mcp-1", "sse", "2025-06-18"),
    ])
    func anAssistantsDay(generation: String, mode: String, protocolVersion: String) async throws {
        try await withPlatform { platform in
            let account = try await platform.account(addsKey: false)
            let seen = try await account.sdk(generation, "mcp_story.py", account.apiKey, mode, "assistants-page")
            #expect(seen["protocol"] == .string(protocolVersion))
            // A client that is told the revision asks for no more.
            if mode != "2026-07-28" { #expect(seen["instructions"]?.string?.contains("deploy_site") == true) }
            #expect(seen["tools"] == .array(Self.tools.map { .string($0) }))

            let deployed = try #require(seen["deployed"])
            #expect(deployed["status"] == .string("live"))
            #expect(deployed["error"] == .bool(false))
            let site = try #require(deployed["site"]?.string)
            let progress = try #require(seen["progress"]?.array).compactMap(\.array)
            let numbers = progress.compactMap { $0[0].number }
            #expect(numbers == Array(1...numbers.count), "it increases")
            #expect(progress.last?[1] == .string("live"))
            #expect(progress.contains { $0[1].string?.contains("Static site: 2 files") == true }, "\(progress)")

            #expect(seen["listed"]?["sites"]?.array?.map { $0["site"] } == [.string(site)])
            #expect(seen["site"]?["deployments"]?.array?.first?["deployment_id"] == deployed["deployment_id"])
            #expect(seen["log"]?["log"]?.string?.contains("Static site") == true)
            let files = try #require(seen["files"])
            #expect(files["commit_sha"] == deployed["commit_sha"])
            #expect(files["is_live"] == .bool(true))
            #expect(
                files["files"]?.array?.map { $0["content"] } == [
                    .string("body { color: ü }"), .string("<h1>one 😀</h1>"),
                ])

            #expect(seen["patched"]?["status"] == .string("live"))
            let conflict = try #require(seen["conflict"])
            #expect(conflict["error"] == .bool(true))
            let words = try #require(conflict["text"]?.string)
            #expect(words.contains("new.html") && words.contains("css/style.css"), "\(words)")
            #expect(words.contains("read_site_files"))
            #expect(seen["after"]?["commit_sha"] == seen["patched"]?["commit_sha"])
            #expect(
                seen["after"]?["files"]?.array?.map { $0["name"] } == [.string("index.html"), .string("new.html")])
            #expect(seen["again"]?["status"] == .string("live"))
            #expect(seen["back"]?["status"] == .string("live"))

            let failed = try #require(seen["failed"])
            #expect(failed["error"] == .bool(true))
            #expect(failed["status"] == .string("failed"))
            #expect(failed["text"]?.string?.hasPrefix("Failed") == true)
            #expect(failed["text"]?.string?.contains("Stage: building") == true)
            #expect(failed["text"]?.string?.contains("Next: ") == true)
            #expect(seen["missing"]?["text"]?.string?.contains("no such site") == true)
            #expect(seen["renamed"]?["name"] == .string("assistants-page"))
            #expect(seen["deleted"]?["deleted"] == .bool(true))
            #expect(seen["left"]?["sites"] == .array([]))
            #expect(seen["unknown"]?.number == -32602)
        }
    }
}
