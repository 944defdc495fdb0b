import Foundation
import Testing

/// Another account's things do not exist: every path of the API, with the other's identifiers.
@Suite(.timeLimit(.minutes(2)))
struct TenantTests {
    /// Bodies that would succeed if the thing were one's own.
    private static let requests: [String: [String]] = [
        "PATCH /api/v1/sites/{identifier}": ["--data", #"{"name": "taken-over"}"#],
        "POST /api/v1/sites/{identifier}/paste": [
            "--data", #"{"files": [{"name": "index.html", "content": "evil"}]}"#,
        ],
        "POST /api/v1/sites/{identifier}/deploy": ["--form", "file=@ARCHIVE"],
    ]

    @Test func everyPathWithAnothersIdentifiers() async throws {
        try await withPlatform { platform in
            let alice = try await platform.account()
            let bob = try await platform.account()
            let site = try await alice.createSite()
            try await site.pastePage("one")
            try await site.pastePage("two")
            #expect(try await alice.rename(site.short, to: "hers-alone").status == 200)
            let own = try await bob.createSite()
            try await own.pastePage("his")
            let archives = try await platform.archives()
            let herKey = try #require(try await alice.api("GET", "/api-keys").json.array?.first?["id"]?.number)
            let herSSHKey = try #require(try await alice.api("GET", "/ssh-keys").json.array?.first?["id"]?.number)

            let document = try await platform.api("GET", "/openapi.json").json
            guard case .object(let paths) = try #require(document["paths"]) else { return }
            var tried = 0
            for (template, operations) in paths where template.contains("{") {
                for method in operations.names.map({ $0.uppercased() }) where Self.methods.contains(method) {
                    let options = (Self.requests["\(method) \(template)"] ?? [])
                        .map { $0.replacing("ARCHIVE", with: "\(archives)/plain.zip") }
                    let her = template.contains("api-keys") ? herKey : template.contains("ssh-keys") ? herSSHKey : 1
                    // Her site and her deployment; his site and her deployment; the same that nobody has.
                    var cases = [("hers-alone", her, "no-such-name", 999), (site.short, her, "00000000", 999)]
                    if template.contains("deployments/{id}") { cases.append((own.short, her, own.short, 999)) }
                    for (identifier, id, nowhere, none) in cases {
                        func request(_ identifier: String, _ id: Int) async throws -> Reply {
                            let path = template.replacing("{identifier}", with: identifier).replacing(
                                "{id}", with: "\(id)")
                            return try await bob.curl(["--request", method] + options, "/\(path)")
                        }
                        let reply = try await request(identifier, id)
                        #expect(reply.status == 404, "\(method) \(template) of \(identifier), \(id): \(reply.text)")
                        expectError(reply, 404, "")
                        #expect(try await request(nowhere, none).text == reply.text, "it looks as if there were none")
                        tried += 1
                    }
                }
            }
            #expect(tried >= 20)
            // One-shot, git, and the lists.
            #expect(try await bob.deployOnce("evil", to: "hers-alone").status == 404)
            let clone = try await run(["git", "clone", site.gitURL, "\(bob.home)/hers"], environment: bob.environment)
            #expect(clone.status != 0)
            #expect(try await bob.api("GET", "/sites").json.array?.map { $0["site_id"] } == [.string(own.siteID)])
            for list in ["/api-keys", "/ssh-keys"] { #expect(try await bob.api("GET", list).json.array?.count == 1) }

            // Nothing happened to what is hers.
            #expect(try await site.get().text == "two")
            #expect(try await site.deployments().count == 2)
            #expect(try await alice.api("GET", "/sites/hers-alone").status == 200)
            #expect(try await alice.ssh().succeeded)
            #expect(try await own.get().text == "his")
        }
    }

    private static let methods: Set<String> = ["GET", "POST", "PUT", "PATCH", "DELETE"]
}
