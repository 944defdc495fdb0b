import Foundation
import Testing

/// Connecting without a key: OAuth 2.1, from the first 401 to a tool call, and everything that must not work.
@Suite(.timeLimit(.minutes(3)))
struct OAuthTests {
    /// RFC 7636 Appendix B.
    private static let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    private static let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    private static let callback = "https://claude.ai/api/mcp/auth_callback"

    @Test(arguments: ["mcp-2", "mcp-1"])
    func theOfficialClientConnects(generation: String) async throws {
        try await withPlatform { platform in
            let account = try await platform.account(addsKey: false)
            let site = try await account.createSite()
            let seen = try await account.sdk(generation, "mcp_oauth.py", account.email, "correct horse")
            #expect(seen["pages"] == .array([.string("/sign-in"), .string("/oauth/authorize")]))
            let page = try #require(seen["asked"]?.string)
            for words in ["Test assistant", account.email, "127.0.0.1", "delete your sites"] {
                #expect(page.contains(words), "\(words)")
            }
            #expect(seen["sites"]?.array?.first?.array?.first?["site_id"] == .string(site.siteID))
            #expect(seen["iss"] == .string("http://localhost:\(platform.edgePort)"))
            if generation == "mcp-2" { #expect(seen["refreshed"] == .bool(true)) }

            // It is listed with the keys, and ends with its key.
            let keys = try #require(try await account.api("GET", "/api-keys").json.array)
            let key = try #require(keys.first { $0["client_id"] == seen["client_id"] })
            #expect(key["name"] == .string("Test assistant"))
            let token = try #require(seen["access_token"]?.string)
            let ping = MCPMessage("ping")
            func ask(_ token: String) async throws -> Reply {
                try await platform.curl(ping.options, "/mcp", key: token, input: Data(ping.body.utf8))
            }
            #expect(try await ask(token).status == 200)
            // It opens the MCP server and nothing else (RFC 8707).
            expectError(try await platform.api("GET", "/sites", key: token), 401, "not valid")
            #expect(try await account.api("DELETE", "/api-keys/\(key["id"]?.number ?? 0)").status == 204)
            let refused = try await ask(token)
            expectError(refused, 401, "revoked")
            #expect(refused.header("WWW-Authenticate")?.contains("error=\"invalid_token\"") == true)
            let store = try await run(["grep", "-rlaF", token, platform.dataFolder]).text
            #expect(store.isEmpty, "\(store)")
        }
    }

    @Test func metadata() async throws {
        try await withPlatform { platform in
            let origin = "http://localhost:\(platform.edgePort)"
            let refused = try await platform.curl(
                MCPMessage("ping").options, "/mcp", input: Data(MCPMessage("ping").body.utf8))
            #expect(refused.status == 401)
            let header = try #require(refused.header("WWW-Authenticate"))
            let place = try #require(header.firstMatch(of: /resource_metadata="([^"]+)"/)?.1)
            let resource = try await platform.get(String(place)).json
            #expect(resource["resource"] == .string("\(origin)/api/v1/mcp"))
            #expect(resource["authorization_servers"] == .array([.string(origin)]))
            let root = try await platform.get("\(origin)/.well-known/oauth-protected-resource")
            #expect(root.json == resource)
            let server = try await platform.get("\(origin)/.well-known/oauth-authorization-server").json
            #expect(server["issuer"] == .string(origin))
            #expect(server["code_challenge_methods_supported"] == .array([.string("S256")]))
            #expect(server["token_endpoint_auth_methods_supported"] == .array([.string("none")]))
            #expect(server["authorization_response_iss_parameter_supported"] == .bool(true))
            #expect(server["client_id_metadata_document_supported"] == .bool(true))
        }
    }

    @Test func registration() async throws {
        try await withPlatform(settings: ["CASTER_OAUTH_REGISTRATIONS_PER_HOUR": "3"]) { platform in
            for (body, code) in [
                ("{}", "invalid_redirect_uri"), (#"{"redirect_uris": []}"#, "invalid_redirect_uri"),
                (#"{"redirect_uris": ["http://evil.example/x"]}"#, "invalid_redirect_uri"),
                (#"{"redirect_uris": ["javascript:alert(1)"]}"#, "invalid_redirect_uri"),
                (#"{"redirect_uris": ["https://a.example/#x"]}"#, "invalid_redirect_uri"),
                (#"{"redirect_uris": ["https://user@a.example/"]}"#, "invalid_redirect_uri"),
                (#"{"redirect_uris": ["data:text/html,x"]}"#, "invalid_redirect_uri"),
                (#"{"redirect_uris": ["x"]}"#, "invalid_redirect_uri"), ("{", "invalid_client_metadata"),
            ] {
                let reply = try await register(platform, body)
                #expect(reply.status == 400, "\(body)")
                #expect(reply.json["error"] == .string(code), "\(body): \(reply.text)")
            }
            let names = #""client_name": "Evil\u202e\nname", "token_endpoint_auth_method": "client_secret_basic""#
            let uris = #""redirect_uris": ["\#(Self.callback)", "cursor://x/callback", "http://127.0.0.1/x"]"#
            let made = try await register(platform, "{\(names), \(uris)}")
            #expect(made.status == 201)
            #expect(made.json["client_name"] == .string("Evilname"))
            #expect(made.json["token_endpoint_auth_method"] == .string("none"))
            #expect(made.json["client_secret"] == nil)
            #expect(made.header("Cache-Control") == "no-store")
            for _ in 0..<2 { _ = try await register(platform, "{\(uris)}") }
            expectError(try await register(platform, "{\(uris)}"), 429, "OAUTH_REGISTRATIONS")
        }
    }

    private func register(_ platform: Platform, _ body: String) async throws -> Reply {
        try await platform.curl(["--header", "Content-Type: application/json", "--data", body], "//oauth/register")
    }

    private func client(_ platform: Platform) async throws -> String {
        let reply = try await register(
            platform, #"{"client_name": "Claude", "redirect_uris": ["\#(Self.callback)", "http://127.0.0.1/cb?a=b"]}"#)
        guard let id = reply.json["client_id"]?.string else { throw UnexpectedReply(what: "register", reply: reply) }
        return id
    }

    private func query(_ client: String, _ change: [String: String?] = [:]) -> String {
        var fields: [String: String?] = [
            "response_type": "code", "client_id": client, "redirect_uri": Self.callback, "state": "s t&=",
            "code_challenge": Self.challenge, "code_challenge_method": "S256",
        ]
        for (name, value) in change { fields[name] = value }
        var parts = URLComponents()
        parts.queryItems = fields.sorted { $0.key < $1.key }.compactMap { name, value in
            value.map { URLQueryItem(name: name, value: $0) }
        }
        return (parts.percentEncodedQuery ?? "").replacing("+", with: "%2B")
    }

    /// The fields that the program is sent.
    private func answer(_ reply: Reply) throws -> [String: String] {
        guard reply.status == 303, let place = reply.header("Location"), let parts = URLComponents(string: place) else {
            throw UnexpectedReply(what: "a redirect to the program", reply: reply)
        }
        var fields = ["": place]
        for item in parts.queryItems ?? [] { fields[item.name] = item.value }
        return fields
    }

    /// A page that is answered for a request, or the program's answer.
    @Test func whatMayBeAskedFor() async throws {
        try await withPlatform { platform in
            let tab = BrowserTab(platform)
            let client = try await client(platform)
            // Who is not signed in does so first, and comes back.
            let path = "/oauth/authorize?\(query(client))"
            let first = try await tab.get(path)
            #expect(first.status == 303)
            let signIn = try #require(first.header("Location"))
            #expect(signIn.hasPrefix("/sign-in?next="))
            _ = try await tab.signUp("alice@example.com")
            let page = try await tab.get(path)
            #expect(page.status == 200)
            #expect(page.text.contains("claude.ai"))
            #expect(page.header("X-Frame-Options") == "DENY")
            let policy = try #require(page.header("Content-Security-Policy"))
            #expect(policy.contains("frame-ancestors 'none'"))
            #expect(policy.contains("form-action 'self' https://claude.ai"))
            #expect(page.header("Cache-Control") == "no-store")
            #expect(!page.text.contains("<script"))

            // Nothing is sent to who cannot be trusted with it: the person reads why.
            for (change, words) in [
                (["client_id": "unknown"], "has registered"), (["client_id": nil], "client_id is missing"),
                (["redirect_uri": nil], "redirect_uri is missing"),
                (["redirect_uri": "https://claude.ai/api/mcp/auth_callback/"], "is not where"),
                (["redirect_uri": "https://claude.ai.evil.example/api/mcp/auth_callback"], "is not where"),
                (["redirect_uri": "https://claude.ai:444/api/mcp/auth_callback"], "is not where"),
                (["redirect_uri": "http://127.0.0.1:99/other"], "is not where"),
                (["redirect_uri": "javascript:alert(1)"], "cannot be a redirect URI"),
                (["client_id": "https://localhost/client.json"], "no address in the Internet"),
                (["client_id": "https://127.0.0.1/client.json"], "no address in the Internet"),
                (["client_id": "https://[::1]/client.json"], "no address in the Internet"),
                (["client_id": "https://169.254.169.254/latest"], "no address in the Internet"),
                (["client_id": "https://10.0.0.1:8443/x"], "on its own port"),
                (["client_id": "https://a.example"], "must be an https URL with a path"),
                (["client_id": "https://u@a.example/x"], "must be an https URL with a path"),
                (["client_id": "http://a.example/x"], "has registered"),
            ] as [([String: String?], String)] {
                let reply = try await tab.get("/oauth/authorize?\(query(client, change))")
                #expect(reply.status == 400, "\(change): \(reply.status)")
                #expect(reply.header("Location") == nil)
                #expect(reply.text.contains(words), "\(change): \(reply.text.suffix(600))")
            }
            // What is wrong otherwise is told to the program, by whose answer it is.
            for (change, code) in [
                (["response_type": "token"], "unsupported_response_type"), (["code_challenge": nil], "invalid_request"),
                (["code_challenge_method": "plain"], "invalid_request"),
                (["code_challenge_method": nil], "invalid_request"),
                (["code_challenge": "short"], "invalid_request"),
                (["resource": "https://other.example/mcp"], "invalid_target"),
            ] as [([String: String?], String)] {
                let fields = try answer(try await tab.get("/oauth/authorize?\(query(client, change))"))
                #expect(fields["error"] == code, "\(change)")
                #expect(fields["state"] == "s t&=")
                #expect(fields["iss"] == "http://localhost:\(platform.edgePort)")
            }
            // The port of this machine is free (RFC 8252 §7.3).
            let local = ["redirect_uri": "http://127.0.0.1:51234/cb?a=b"]
            #expect(try await tab.get("/oauth/authorize?\(query(client, local))").status == 200)
        }
    }

    @Test func theAnswer() async throws {
        try await withPlatform { platform in
            let tab = BrowserTab(platform)
            _ = try await tab.signUp("alice@example.com")
            let client = try await client(platform)
            let request = query(client, ["resource": "HTTP://localhost:\(platform.edgePort)/api/v1/mcp"])
            let path = "/oauth/authorize?\(request)"
            func decide(_ decision: String, _ headers: [String] = ["Sec-Fetch-Site: same-origin"]) async throws -> Reply
            {
                try await tab.post(
                    "/oauth/authorize", ["decision": decision, "request": request], from: path, headers: headers)
            }
            // No other site's page can say yes, nor a form without this browser's token.
            for headers in [
                ["Sec-Fetch-Site: cross-site"], ["Sec-Fetch-Site: same-site"], ["Origin: https://evil.example"], [],
            ] {
                #expect(try await decide("allow", headers).status == 403)
            }
            let forged = try await tab.post(
                "/oauth/authorize",
                ["decision": "allow", "request": request, "form_token": String(repeating: "0", count: 64)])
            #expect(forged.status == 403)
            let denied = try answer(try await decide("deny"))
            #expect(denied["error"] == "access_denied")
            #expect(denied["code"] == nil)

            let given = try answer(try await decide("allow"))
            #expect(given[""]?.hasPrefix("\(Self.callback)?code=") == true)
            #expect(given["state"] == "s t&=")
            let code = try #require(given["code"])
            func token(_ change: [String: String?] = [:]) async throws -> Reply {
                var fields: [String: String?] = [
                    "grant_type": "authorization_code", "code": code, "redirect_uri": Self.callback,
                    "client_id": client, "code_verifier": Self.verifier,
                ]
                for (name, value) in change { fields[name] = value }
                let options = fields.compactMap { name, value in value.map { "\(name)=\($0)" } }
                return try await platform.curl(options.flatMap { ["--data-urlencode", $0] }, "//oauth/token")
            }
            for (change, error) in [
                (["code_verifier": String(repeating: "x", count: 43)], "invalid_grant"),
                (["code": "x"], "invalid_grant"),
                (["client_id": "x"], "invalid_client"), (["client_id": "https://x.example/c"], "invalid_grant"),
                (["redirect_uri": "https://claude.ai/"], "invalid_grant"),
                (["code_verifier": nil], "invalid_request"), (["grant_type": nil], "invalid_request"),
                (["grant_type": "password"], "unsupported_grant_type"),
                (["resource": "https://x.example"], "invalid_target"),
            ] as [([String: String?], String)] {
                let reply = try await token(change)
                #expect(reply.status == (error == "invalid_client" ? 401 : 400), "\(change)")
                #expect(reply.json["error"] == .string(error), "\(change): \(reply.text)")
                #expect(reply.header("Cache-Control") == "no-store")
            }
            let pair = try await token()
            #expect(pair.status == 200, "\(pair.text)")
            #expect(pair.json["token_type"] == .string("Bearer"))
            #expect(pair.json["expires_in"] == .number(3600))
            let access = try #require(pair.json["access_token"]?.string)
            let refresh = try #require(pair.json["refresh_token"]?.string)
            func isGood(_ token: String) async throws -> Bool {
                let ping = MCPMessage("ping")
                return try await platform.curl(ping.options, "/mcp", key: token, input: Data(ping.body.utf8)).status
                    == 200
            }
            #expect(try await isGood(access))
            #expect(try await !isGood(refresh))

            // Refresh tokens rotate, and the old access token ends.
            func again(_ token: String, _ id: String) async throws -> Reply {
                try await platform.curl(
                    ["--data-urlencode", "grant_type=refresh_token", "--data-urlencode", "refresh_token=\(token)"]
                        + ["--data-urlencode", "client_id=\(id)"], "//oauth/token")
            }
            #expect(try await again(refresh, "x").json["error"] == .string("invalid_client"))
            let second = try await again(refresh, client)
            let newAccess = try #require(second.json["access_token"]?.string)
            #expect(try await isGood(newAccess))
            #expect(try await !isGood(access))
            // One that is used again was stolen: everything ends.
            #expect(try await again(refresh, client).json["error"] == .string("invalid_grant"))
            #expect(try await !isGood(newAccess))

            // So with a code; and a program can end its access itself.
            let other = try answer(try await decide("allow"))
            let otherCode = try #require(other["code"])
            let third = try #require(try await token(["code": otherCode]).json["access_token"]?.string)
            #expect(try await isGood(third))
            #expect(try await token(["code": otherCode]).json["error"] == .string("invalid_grant"))
            #expect(try await !isGood(third))
            let last = try #require(try answer(try await decide("allow"))["code"])
            let fourth = try #require(try await token(["code": last]).json["access_token"]?.string)
            let revoked = try await platform.curl(
                ["--data-urlencode", "token=\(fourth)", "--data-urlencode", "client_id=\(client)"], "//oauth/revoke")
            #expect(revoked.status == 200)
            #expect(try await !isGood(fourth))
        }
    }

    @Test func timesRunOut() async throws {
        let settings = ["CASTER_OAUTH_ACCESS_LIFETIME": "1", "CASTER_OAUTH_CODE_LIFETIME": "1"]
        try await withPlatform(settings: settings) { platform in
            let tab = BrowserTab(platform)
            _ = try await tab.signUp("alice@example.com")
            let client = try await client(platform)
            func code() async throws -> String {
                let reply = try await tab.post(
                    "/oauth/authorize", ["decision": "allow", "request": query(client)],
                    from: "/oauth/authorize?\(query(client))")
                return try #require(try answer(reply)["code"])
            }
            func redeem(_ code: String) async throws -> Reply {
                let fields = [
                    "grant_type=authorization_code", "code=\(code)", "redirect_uri=\(Self.callback)",
                    "client_id=\(client)", "code_verifier=\(Self.verifier)",
                ]
                return try await platform.curl(fields.flatMap { ["--data-urlencode", $0] }, "//oauth/token")
            }
            let access = try await eventually("no code was quick enough") { () -> String? in
                try await redeem(code()).json["access_token"]?.string
            }
            try await eventually("the token does not expire") {
                let ping = MCPMessage("ping")
                return try await platform.curl(ping.options, "/mcp", key: access, input: Data(ping.body.utf8)).status
                    == 401
            }
        }
    }
}
