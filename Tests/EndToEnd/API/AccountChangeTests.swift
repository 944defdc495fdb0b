import Foundation
import Testing

/// What changes an account: its password, its sessions in browsers, and its end.
struct AccountChangeTests {
    private func logIn(_ platform: Platform, _ email: String, _ password: String) async throws -> Int {
        try await platform.api(
            "POST", "/auth/login", body: #"{"email": "\#(email)", "password": "\#(password)"}"#
        ).status
    }

    @Test func passwordChangesAndSignsBrowsersOut() async throws {
        try await withPlatform { platform in
            let account = try await platform.account(addsKey: false)
            let tab = BrowserTab(platform)
            let credentials = ["email": account.email, "password": "correct horse"]
            #expect(try await tab.post("/sign-in", credentials, from: "/sign-in").status == 303)

            for (body, status, sentence) in [
                (
                    #"{"current_password": "wrong horse", "new_password": "battery staple"}"#, 401,
                    "current password is wrong"
                ),
                (#"{"current_password": "correct horse", "new_password": "short"}"#, 400, "8 to 1,024 bytes"),
                (#"{"current_password": "correct horse"}"#, 400, "new_password is missing"),
            ] {
                let reply = try await account.api("POST", "/me/password", body: body)
                #expect(reply.status == status)
                #expect(reply.text.contains(sentence))
            }
            #expect(try await tab.isSignedIn)
            let change = #"{"current_password": "correct horse", "new_password": "battery staple"}"#
            #expect(try await platform.api("POST", "/me/password", body: change).status == 401)
            #expect(try await account.api("POST", "/me/password", body: change).status == 204)
            #expect(try await logIn(platform, account.email, "correct horse") == 401)
            #expect(try await logIn(platform, account.email, "battery staple") == 200)
            #expect(try await !tab.isSignedIn)
            #expect(try await account.api("GET", "/me").status == 200)
        }
    }

    @Test func sessionsAreListedAndEnded() async throws {
        try await withPlatform { platform in
            let account = try await platform.account(addsKey: false)
            let stranger = try await platform.account(addsKey: false)
            let (first, second) = (BrowserTab(platform), BrowserTab(platform))
            for tab in [first, second] {
                let credentials = ["email": account.email, "password": "correct horse"]
                try await tab.post("/sign-in", credentials, from: "/sign-in")
            }
            let sessions = try #require(try await account.api("GET", "/sessions").json.array)
            #expect(sessions.count == 2)
            #expect(sessions[0]["client"]?.string?.hasPrefix("curl/") == true)
            let id = try #require(sessions[1]["id"]?.number)
            #expect(try await stranger.api("GET", "/sessions").json.array?.isEmpty == true)
            #expect(try await stranger.api("DELETE", "/sessions/\(id)").status == 404)
            #expect(try await account.api("DELETE", "/sessions/\(id)").status == 204)
            #expect(try await account.api("DELETE", "/sessions/\(id)").status == 404)
            #expect(try await !first.isSignedIn)
            #expect(try await second.isSignedIn)
        }
    }

    /// Nothing of an account is left: no key, no session, no site, no route; and its address is free again.
    @Test func deletionTakesEverythingAlong() async throws {
        try await withPlatform { platform in
            let account = try await platform.account()
            let other = try await platform.account()
            let sites = [try await account.createSite(), try await account.createSite()]
            let kept = try await other.createSite()
            for site in sites + [kept] { try await site.pastePage("<h1>\(site.short)</h1>") }
            #expect(try await account.rename(sites[0].short, to: "my-old-name").status == 200)

            let wrong = try await account.api("POST", "/me/delete", body: #"{"password": "wrong horse"}"#)
            #expect(wrong.status == 401)
            #expect(try await sites[0].get().status == 200)
            let reply = try await account.api("POST", "/me/delete", body: #"{"password": "correct horse"}"#)
            #expect(reply.status == 204)
            for site in sites { #expect(try await site.get().status == 404) }
            #expect(try await platform.get(host: "my-old-name.caster.localhost").status == 404)
            #expect(try await account.api("GET", "/me").status == 401)
            #expect(try await logIn(platform, account.email, "correct horse") == 401)
            #expect(try await account.ssh().status != 0)
            #expect(try await kept.get().text == "<h1>\(kept.short)</h1>")
            try await eventually("something of a site is left") {
                try sites.allSatisfy { try platform.traces(of: $0.siteID).isEmpty }
            }
            let again = try await platform.api(
                "POST", "/auth/register", body: #"{"email": "\#(account.email)", "password": "another horse"}"#)
            #expect(again.status == 201)
        }
    }
}
