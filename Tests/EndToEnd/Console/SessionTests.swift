import Foundation
import Testing

/// Signing up, in and out of the console, and what other sites cannot do with a signed-in browser.
struct SessionTests {
    @Test func signsUpInAndOut() async throws {
        try await withPlatform { platform in
            let tab = BrowserTab(platform)
            let refused = try await tab.get("/sites")
            #expect(refused.status == 303)
            #expect(refused.header("Location") == "/sign-in")

            let key = try await tab.signUp("alice@example.com")
            let me = try await platform.api("GET", "/me", key: key)
            #expect(me.json["user"]?["email"] == .string("alice@example.com"))
            let page = try await tab.get("/sites")
            #expect(page.text.contains("alice@example.com"))
            #expect(page.header("Content-Security-Policy")?.contains("frame-ancestors 'none'") == true)
            #expect(page.header("Cache-Control") == "no-store")

            let old = try #require(tab.cookie)
            #expect(try await tab.post("/sign-out", [:], from: "/docs").header("Location") == "/")
            #expect(tab.cookie == nil)
            let thief = BrowserTab(platform)
            thief.cookie = old
            #expect(try await thief.get("/sites").header("Location") == "/sign-in")

            let wrong = try await tab.post(
                "/sign-in", ["email": "alice@example.com", "password": "wrong horse"], from: "/sign-in")
            #expect(wrong.status == 401)
            #expect(wrong.text.contains("the email or the password is wrong"))
            #expect(wrong.text.contains(#"value="alice@example.com""#))
            let right = try await tab.post(
                "/sign-in", ["email": "Alice@example.com", "password": "correct horse", "next": "/docs?a=b"],
                from: "/sign-in")
            #expect(right.status == 303)
            #expect(right.header("Location") == "/docs?a=b")
            let cookie = try #require(right.header("Set-Cookie"))
            for part in ["; Path=/", "; HttpOnly", "; SameSite=Lax", "; Max-Age=2592000"] {
                #expect(cookie.contains(part))
            }
        }
    }

    /// Over https the cookie's name keeps sibling hosts from setting it.
    @Test func cookieIsHostBoundOverHTTPS() async throws {
        try await withPlatform(settings: ["CASTER_PUBLIC_URL_SCHEME": "https"]) { platform in
            let cookie = try #require(try await BrowserTab(platform).get("/sign-in").header("Set-Cookie"))
            #expect(cookie.hasPrefix("__Host-caster="))
            #expect(cookie.contains("; Secure"))
            #expect(!cookie.contains("Domain"))
        }
    }

    /// What somebody planted in the browser before opens nothing after.
    @Test func tokenChangesAtSignIn() async throws {
        try await withPlatform { platform in
            let tab = BrowserTab(platform)
            try await tab.get("/sign-up")
            let planted = try #require(tab.cookie)
            _ = try await tab.signUp("alice@example.com")
            #expect(tab.cookie != planted)
            let thief = BrowserTab(platform)
            thief.cookie = planted
            #expect(try await thief.get("/sites").header("Location") == "/sign-in")
            // Nor are two cookies of one name, of which a sibling host may have set the first.
            let both = try await BrowserTab(platform).get(
                "/sites", headers: ["Cookie: caster=\(tab.cookie ?? ""); caster=\(tab.cookie ?? "")"])
            #expect(both.header("Location") == "/sign-in")
        }
    }

    @Test func refusesFormsOfOtherSites() async throws {
        try await withPlatform { platform in
            let tab = BrowserTab(platform)
            _ = try await tab.signUp("alice@example.com")
            let token = try await tab.formToken(on: "/docs")
            let origin = "http://localhost:\(platform.edgePort)"
            for headers in [
                ["Sec-Fetch-Site: cross-site"], ["Sec-Fetch-Site: same-site"],
                ["Sec-Fetch-Site: same-site", "Origin: \(origin)"], ["Origin: http://a3f9c2e8.caster.localhost:8080"],
                ["Origin: null"], [],
            ] {
                let reply = try await tab.post("/sign-out", ["form_token": token], headers: headers)
                #expect(reply.status == 403, "\(headers)")
            }
            for wrong in ["", String(repeating: "0", count: 64)] {
                #expect(try await tab.post("/sign-out", ["form_token": wrong]).status == 403)
            }
            let other = BrowserTab(platform)
            let foreign = try await other.formToken(on: "/sign-in")
            #expect(try await tab.post("/sign-out", ["form_token": foreign]).status == 403)
            #expect(try await tab.isSignedIn)
            let own = try await tab.post("/sign-out", ["form_token": token], headers: ["Origin: \(origin)"])
            #expect(own.status == 303)
        }
    }

    @Test func goesOnToThisOriginOnly() async throws {
        try await withPlatform { platform in
            for (next, target) in [
                "/docs": "/docs", "/a?b=c&d=%20": "/a?b=c&d=%20", "//evil.example": "/sites",
                "/\\evil.example": "/sites", "https://evil.example/": "/sites", "/\u{9}/evil.example": "/sites",
                "javascript:alert(1)": "/sites",
                "": "/sites", "/x\r\nSet-Cookie: a=b": "/sites",
            ] {
                let tab = BrowserTab(platform)
                _ = try await tab.signUp("person\(platform.nextNumber())@example.com")
                let encoded = try #require(next.addingPercentEncoding(withAllowedCharacters: .alphanumerics))
                #expect(try await tab.get("/sign-in?next=\(encoded)").header("Location") == target, "\(next)")
            }
        }
    }

    /// A session ends when its time is over, or when the account signs in once more than is allowed.
    @Test func sessionsEnd() async throws {
        let settings = ["CASTER_SESSION_LIFETIME": "3", "CASTER_SESSIONS_PER_USER": "1"]
        try await withPlatform(settings: settings) { platform in
            let first = BrowserTab(platform)
            _ = try await first.signUp("alice@example.com")
            let second = BrowserTab(platform)
            let credentials = ["email": "alice@example.com", "password": "correct horse"]
            #expect(try await second.post("/sign-in", credentials, from: "/sign-in").status == 303)
            #expect(try await !first.isSignedIn)
            #expect(try await second.isSignedIn)
            try await eventually("the session did not end") { try await !second.isSignedIn }
        }
    }

    /// What is typed into a field stays text; also where a combining accent hides a quotation mark from Swift's strings.
    @Test func escapesWhatPeopleType() async throws {
        try await withPlatform { platform in
            let tab = BrowserTab(platform)
            for email in [#""><script>alert(1)</script>@x.y"#, "\"\u{301} onfocus=alert(1) autofocus x=\"\u{301}@x.y"] {
                let page = try await tab.post("/sign-in", ["email": email, "password": "x"], from: "/sign-in")
                let field = try #require(
                    page.body.split(separator: UInt8(ascii: "\n")).first {
                        $0.range(of: Data("id=\"email\"".utf8)) != nil
                    })
                #expect(field.range(of: Data("value=\"&quot;".utf8)) != nil)
                // The attributes' own quotation marks, and one pair of brackets.
                #expect(field.count { $0 == UInt8(ascii: "\"") } == 10)
                #expect(field.count { $0 == UInt8(ascii: "<") } == 1)
            }
        }
    }
}
