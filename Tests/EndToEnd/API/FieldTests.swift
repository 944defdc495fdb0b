import Foundation
import Testing

/// The fields of the API reference's objects, to the letter.
enum Fields {
    static let user: Set = ["id", "email", "created_at"]
    static let apiKey: Set = ["id", "name", "key_prefix", "created_at"]
    static let sshKey: Set = ["id", "user_id", "name", "public_key", "fingerprint", "created_at"]
    static let site: Set = ["id", "site_id", "user_id", "name", "created_at"]
    static let environment: Set = ["id", "site_id", "name", "container_state", "created_at"]
    static let createdSite: Set = ["site", "environment", "git_url"]
    static let oneSite = site.union(["environment"])
    static let deployment: Set = [
        "id", "environment_id", "commit_sha", "image_tag", "container_port", "status", "build_log", "created_at",
        "finished_at",
    ]
    static let paste: Set = ["deployment_id", "content_hash", "status"]
    static let upload = paste.union(["environment"])
    static let oneShot: Set = ["site", "deployment_id", "url", "status"]

    /// What this platform shows beside them, on purpose; there is nothing else.
    enum Added {
        /// Tells keys that nobody uses.
        static let apiKey: Set = ["last_used_at"]
        /// Where it will answer, as with a one-shot deploy.
        static let createdSite: Set = ["url"]
        /// The same later on.
        static let oneSite: Set = ["url", "git_url"]
        /// What paste and upload call it, and which way the files came.
        static let deployment: Set = ["content_hash", "source"]
    }
}

/// Every object has the fields of the API reference, and those of `Fields.Added`; no others.
@Suite(.timeLimit(.minutes(2)))
struct FieldTests {
    /// The fields of each item of a list; one set if all are alike.
    private func kinds(_ reply: Reply) -> Set<Set<String>> { Set((reply.json.array ?? []).map(\.names)) }

    @Test func accountsAndKeys() async throws {
        try await withPlatform { platform in
            let credentials = #"{"email": "alice@example.com", "password": "secret123"}"#
            let registered = try await platform.api("POST", "/auth/register", body: credentials)
            let key = try #require(registered.json["api_key"]?.string)
            let loggedIn = try await platform.api("POST", "/auth/login", body: credentials)
            let me = try await platform.api("GET", "/me", key: key)
            #expect(registered.json.names == ["user", "api_key"])
            for reply in [loggedIn, me] { #expect(reply.json.names == ["user"]) }
            for reply in [registered, loggedIn, me] { #expect(reply.json["user"]?.names == Fields.user) }

            let apiKey = Fields.apiKey.union(Fields.Added.apiKey)
            let created = try await platform.api("POST", "/api-keys", key: key, body: #"{"name": "CI/CD pipeline"}"#)
            #expect(created.json.names == apiKey.union(["key"]))
            #expect(try await kinds(platform.api("GET", "/api-keys", key: key)) == [apiKey])

            let path = try await platform.makeKey("\(platform.folder)/laptop")
            let line = try String(contentsOfFile: "\(path).pub", encoding: .utf8).trimmingCharacters(in: .newlines)
            let body = #"{"name": "laptop", "public_key": "\#(line)"}"#
            #expect(try await platform.api("POST", "/ssh-keys", key: key, body: body).json.names == Fields.sshKey)
            #expect(try await kinds(platform.api("GET", "/ssh-keys", key: key)) == [Fields.sshKey])
        }
    }

    @Test func sites() async throws {
        try await withPlatform { platform in
            let account = try await platform.account(addsKey: false)
            let created = try await account.api("POST", "/sites")
            #expect(created.json.names == Fields.createdSite.union(Fields.Added.createdSite))
            #expect(created.json["site"]?.names == Fields.site)
            #expect(created.json["environment"]?.names == Fields.environment)
            let short = try account.site(created.json["site"]).short
            let one = try await account.api("GET", "/sites/\(short)")
            #expect(one.json.names == Fields.oneSite.union(Fields.Added.oneSite))
            #expect(one.json["environment"]?.names == Fields.environment)
            #expect(try await kinds(account.api("GET", "/sites")) == [Fields.site])
            #expect(try await account.rename(short, to: "my-project").json.names == Fields.site)
        }
    }

    @Test func deployments() async throws {
        try await withPlatform { platform in
            let site = try await platform.account(addsKey: false).createSite()
            let pasted = try await site.paste(PastedFile("index.html", "page"))
            #expect(pasted.json.names == Fields.paste)
            let id = try await site.untilLive(pasted)
            let archives = try await platform.archives()
            let uploaded = try await site.upload("\(archives)/plain.zip")
            #expect(uploaded.json.names == Fields.upload)
            try await site.untilLive(uploaded)
            let deployment = Fields.deployment.union(Fields.Added.deployment)
            #expect(try await site.deployment(id).names == deployment)
            #expect(try await kinds(site.owner.api("GET", "/sites/\(site.short)/deployments")) == [deployment])
        }
    }

    @Test func oneShotDeploysAndClaims() async throws {
        try await withPlatform { platform in
            let account = try await platform.account(addsKey: false)
            let owned = try await account.deployOnce("owned")
            #expect(owned.json.names == Fields.oneShot)
            let anonymous = try await platform.deployAnonymously("anonymous")
            #expect(anonymous.json.names == Fields.oneShot.union(["claim_token"]))
            for reply in [owned, anonymous] { #expect(reply.json["site"]?.names == Fields.site) }
            let token = try #require(anonymous.json["claim_token"]?.string)
            #expect(try await account.claim(token).json.names == Fields.site)
        }
    }
}
