import Foundation
import Testing

/// Whatever is wrong, the answer is the seed's `{"error": "…"}` with the right status.
@Suite(.timeLimit(.minutes(2)))
struct ErrorTests {
    @Test func pathsAndMethods() async throws {
        try await withPlatform { platform in
            let account = try await platform.account(addsKey: false)
            for path in [
                "/nothing", "/sites/a3f9c2e8/nothing", "/me/x", "/%2e%2e/%2e%2e/etc/passwd", "/sites/../me/..", "/MCPX",
                "/'\"<>",
                "/\(String(repeating: "x", count: 2000))",
            ] {
                expectError(try await account.api("GET", path), 404, "")
                expectError(try await platform.api("POST", path, body: "{}"), 404, "")
            }
            // What is quoted from a path is no page to any browser.
            let script = try await account.api("GET", "/<script>")
            #expect(script.header("Content-Type")?.hasPrefix("application/json") == true)
            #expect(script.header("X-Content-Type-Options") == "nosniff")

            for (template, documented) in try await platform.operations() {
                let path = template.replacing("{identifier}", with: "a3f9c2e8").replacing("{id}", with: "1")
                for method in ["PUT", "DELETE", "PATCH", "POST", "GET"] where !documented.contains(method) {
                    let reply = try await platform.curl(
                        ["--request", method], "/\(path)", key: account.apiKey)
                    expectError(reply, 405, "")
                    let allowed = Set((reply.header("Allow") ?? "").split(separator: ", ").map(String.init))
                    #expect(allowed.isSuperset(of: documented), "\(method) \(path): \(allowed)")
                    #expect(!allowed.contains(method), "\(method) \(path)")
                }
            }
            expectError(try await platform.curl(["--request", "TRACE"], "/me"), 405, "")
            let head = try await platform.curl(["--head"], "/nothing")
            #expect(head.status == 404)
            #expect(head.body.isEmpty)
        }
    }

    @Test func bodies() async throws {
        try await withPlatform(settings: ["CASTER_REQUEST_BYTES": "2000"]) { platform in
            let account = try await platform.account(addsKey: false)
            let site = try await account.createSite()
            let posts = [
                "/auth/register", "/auth/login", "/api-keys", "/ssh-keys", "/sites/\(site.short)/paste", "/deploy",
                "/claim",
            ]
            for path in posts {
                for type in [
                    "text/xml", "text/plain", "multipart/form-data; boundary=x", "application/jsonx", "application",
                ] {
                    let reply = try await account.curl(["--header", "Content-Type: \(type)", "--data", "{}"], path)
                    #expect(reply.status == 415, "\(path) \(type): \(reply.status)")
                    expectError(reply, 415, "application/json")
                }
                let hostile: [Data] = [
                    Data(), Data("{".utf8), Data("null".utf8), Data("[]".utf8), Data("\"x\"".utf8),
                    Data([0xff, 0xfe, 0x00]),
                    Data("{\"name\": \"\u{0}\"".utf8), Data("{\"name\":\"".utf8) + [0xff] + Data("\"}".utf8),
                    Data(String(repeating: "[", count: 1900).utf8), Data(String(repeating: "{\"a\":", count: 380).utf8),
                    Data("{\"email\": 1e999, \"name\": 1e999, \"files\": 1e999}".utf8), Data("{}{}".utf8),
                    Data("NaN".utf8),
                ]
                for body in hostile {
                    let reply = try await account.curl(
                        ["--header", "Content-Type: application/json", "--data-binary", "@-"], path, input: body)
                    #expect(reply.status == 400, "\(path) \(body.prefix(20).base64EncodedString()): \(reply.status)")
                    expectError(reply, 400, "")
                }
            }
            // JSON under any of its names.
            for type in ["application/json", "Application/JSON; charset=utf-8", "application/x-www-form-urlencoded"] {
                let reply = try await account.curl(
                    ["--header", "Content-Type: \(type)", "--data", #"{"name": "x"}"#], "/api-keys")
                #expect(reply.status == 201, "\(type)")
            }
            // At the limit, and one byte over it, also where the length is not told.
            func named(_ count: Int) -> Data {
                Data((#"{"name": "x""# + String(repeating: " ", count: count - 13) + "}").utf8)
            }
            for options in [[], ["--header", "Transfer-Encoding: chunked"]] {
                let data = ["--header", "Content-Type: application/json", "--data-binary", "@-"]
                #expect(try await account.curl(options + data, "/api-keys", input: named(2000)).status == 201)
                let over = try await account.curl(options + data, "/api-keys", input: named(2001))
                expectError(over, 413, "2000 bytes (CASTER_REQUEST_BYTES)")
            }
        }
    }

    @Test func authentication() async throws {
        try await withPlatform { platform in
            let account = try await platform.account(addsKey: false)
            for header in [
                "Bearer", "Bearer ", "Basic YTpi", account.apiKey, "Bearer \(account.apiKey.uppercased())",
                "Bearer \(account.apiKey)0", "Bearer \(account.apiKey.dropLast())", "Bearer ' OR 1=1 --",
                "Token \(account.apiKey)",
                "Bearer \(account.apiKey) \(account.apiKey)",
            ] {
                let reply = try await platform.curl(["--header", "Authorization: \(header)"], "/me")
                #expect(reply.status == 401, "\(header)")
                expectError(reply, 401, "")
                #expect(reply.header("WWW-Authenticate") == "Bearer")
            }
            for header in ["bearer \(account.apiKey)", "BEARER \(account.apiKey)"] {
                #expect(try await platform.curl(["--header", "Authorization: \(header)"], "/me").status == 200)
            }
        }
    }

    /// What nginx refuses before the platform sees it looks as if the platform had.
    @Test func whatIsNoRequest() async throws {
        try await withPlatform { platform in
            let long = String(repeating: "x", count: 20_000)
            expectError(try await platform.api("GET", "/sites/%00"), 400, "not valid HTTP")
            expectError(try await platform.api("GET", "/sites/%zz"), 400, "not valid HTTP")
            expectError(try await platform.api("GET", "/sites/\(long)"), 414, "16 KB")
            expectError(try await platform.curl(["--header", "X-Long: \(long)"], "/me"), 431, "16 KB")
            expectError(
                try await platform.curl(["--header", "Content-Length: x", "--request", "POST"], "/sites"), 400, "")
            let reply = try await platform.curl(["--header", "Host: a/b"], "/me")
            expectError(reply, 400, "not valid HTTP")
            #expect(reply.header("Content-Type")?.hasPrefix("application/json") == true)
        }
    }

    /// A failure of the platform's own says nothing about its inside, and can be found in the log.
    @Test func whatIsNotTheClientsFault() async throws {
        try await withPlatform { platform in
            let site = try await platform.account(addsKey: false).createSite()
            try FileManager.default.removeItem(atPath: site.repository)
            let reply = try await site.paste(PastedFile("index.html", "x"))
            expectError(reply, 500, "not with you")
            #expect(!reply.text.contains(platform.folder))
            #expect(!reply.text.contains("git"))
            let message = try #require(reply.json["error"]?.string)
            let request = try #require(message.firstMatch(of: /request ([0-9a-f]+)/)).1
            #expect(platform.log.contains(request), "\(message)")
            #expect(platform.log.contains(site.siteID))
            #expect(try await site.owner.api("GET", "/me").status == 200)
        }
    }
}
