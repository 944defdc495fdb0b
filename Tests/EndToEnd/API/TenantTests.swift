import Foundation
import Testing

/// Another account's things do not exist: every path of the API, with the other's identifiers.
@Suite(.timeLimit(.minutes(2)))
struct TenantTests {
    /// What makes the requests succeed for whoever owns the thing.
    private static let requests: [String: [String]] = [
        "PATCH /api/v1/sites/{identifier}": ["--data", #"{"name": "taken-over"}"#],
        "POST /api/v1/sites/{identifier}/paste": [
            "--data", #"{"files": [{"name": "index.html", "content": "evil"}]}"#,
        ],
        "POST /api/v1/sites/{identifier}/deploy": ["--form", "file=@ARCHIVE"],
        "PATCH /api/v1/sites/{identifier}/files": [
            "--data", #"{"base": "COMMIT", "files": [{"name": "index.html", "content": "evil"}]}"#,
        ],
        "POST /api/v1/sites/{identifier}/domains": ["--data", #"{"domain": "www.example.com"}"#],
        "PATCH /api/v1/sites/{identifier}/domains/{domain}": ["--data", #"{"primary": true}"#],
        "GET /api/v1/sites/{identifier}/files/content": ["--get", "--data", "name=index.html"],
    ]

    @Test func everyPathWithAnothersIdentifiers() async throws {
        try await withPlatform { platform in
            let alice = try await platform.account()
            let bob = try await platform.account()
            let site = try await alice.createSite()
            try await site.pastePage("one")
            try await site.pastePage("two")
            #expect(try await alice.rename(site.short, to: "hers-alone").status == 200)
            let domain = #"{"domain": "www.example.com"}"#
            #expect(try await alice.api("POST", "/sites/\(site.short)/domains", body: domain).status == 201)
            let own = try await bob.createSite()
            try await own.pastePage("his")
            let browser = BrowserTab(platform)
            try await browser.post("/sign-in", ["email": alice.email, "password": "correct horse"], from: "/sign-in")
            // The newest, which she does not use.
            #expect(try await alice.api("POST", "/api-keys", body: #"{"name": "spare"}"#).status == 201)
            let archives = try await platform.archives()
            let commit = try #require(try await site.deployments()[0]["commit_sha"]?.string)
            func newest(_ list: String) async throws -> Int {
                try #require(try await alice.api("GET", list).json.array?.first?["id"]?.number)
            }
            let hers = [
                "/api/v1/api-keys/{id}": try await newest("/api-keys"),
                "/api/v1/ssh-keys/{id}": try await newest("/ssh-keys"),
                "/api/v1/sessions/{id}": try await newest("/sessions"),
            ]

            var tried = 0
            var herRequests: [(method: String, path: String, options: [String])] = []
            for (template, methods) in try await platform.operations() where template.contains("{") {
                for method in methods {
                    let options = (Self.requests["\(method) \(template)"] ?? []).map {
                        $0.replacing("ARCHIVE", with: "\(archives)/plain.zip").replacing("COMMIT", with: commit)
                    }
                    func path(_ identifier: String, _ id: Int) -> String {
                        template.replacing("{identifier}", with: identifier).replacing("{id}", with: "\(id)")
                            .replacing("{domain}", with: "www.example.com")
                    }
                    let her = hers[template] ?? 1
                    // Her site and her deployment; his site and her deployment; the same that nobody has.
                    var cases = [("hers-alone", her, "no-such-name", 999), (site.short, her, "00000000", 999)]
                    if template.contains("deployments/{id}") { cases.append((own.short, her, own.short, 999)) }
                    for (identifier, id, nowhere, none) in cases {
                        func request(_ path: String) async throws -> Reply {
                            try await bob.curl(["--request", method] + options, "/\(path)")
                        }
                        let reply = try await request(path(identifier, id))
                        #expect(reply.status == 404, "\(method) \(template) of \(identifier), \(id)")
                        expectError(reply, 404, "")
                        let nothing = try await request(path(nowhere, none))
                        #expect(nothing.text == reply.text, "\(method) \(template): as if there were none")
                        tried += 1
                    }
                    herRequests.append((method, path(site.short, her), options))
                }
            }
            #expect(tried >= 30)
            // One-shot, git, and the lists.
            #expect(try await bob.deployOnce("evil", to: "hers-alone").status == 404)
            let clone = try await run(["git", "clone", site.gitURL, "\(bob.home)/hers"], environment: bob.environment)
            #expect(clone.status != 0)
            #expect(try await bob.api("GET", "/sites").json.array?.map { $0["site_id"] } == [.string(own.siteID)])
            for list in ["/api-keys", "/ssh-keys"] { #expect(try await bob.api("GET", list).json.array?.count == 1) }
            #expect(try await bob.api("GET", "/sessions").json == .array([]))

            // Nothing happened to what is hers.
            #expect(try await site.get().text == "two")
            #expect(try await site.deployments().count == 2)
            #expect(try await alice.api("GET", "/sites/hers-alone").status == 200)
            #expect(try await alice.ssh().succeeded)
            #expect(try await browser.isSignedIn)
            #expect(try await own.get().text == "his")
            // And each request finds what it names, if that is one's own.
            let deletions = herRequests.filter { $0.method == "DELETE" }.sorted { $0.path.count > $1.path.count }
            for (method, path, options) in herRequests.filter({ $0.method != "DELETE" }) + deletions {
                let reply = try await alice.curl(["--request", method] + options, "/\(path)")
                let isFound = reply.status < 300 || reply.status == 409
                #expect(isFound, "\(method) \(path): \(reply.status) \(reply.text)")
            }
        }
    }
}
