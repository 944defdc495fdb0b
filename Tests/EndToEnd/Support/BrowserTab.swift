import Foundation
import Synchronization

/// A browser without JavaScript, as far as forms and cookies go: what it was given, it sends back.
final class BrowserTab: Sendable {
    let platform: Platform
    private let cookies = Mutex<[String: String]>([:])

    init(_ platform: Platform) { self.platform = platform }

    /// The console's cookie, by whatever name; nil if there is none.
    var cookie: String? {
        get { cookies.withLock { $0.values.first } }
        set { cookies.withLock { $0 = newValue.map { ["caster": $0] } ?? [:] } }
    }

    /// Whether the console knows whose browser this is.
    var isSignedIn: Bool {
        get async throws { try await get("/sites").status == 200 }
    }

    @discardableResult
    func get(_ path: String, headers: [String] = []) async throws -> Reply {
        try await send(["--header", "Accept: text/html"] + headers.flatMap { ["--header", $0] }, path)
    }

    /// Sends the fields to `path`, as the browser would from a page of this origin. The form's token is taken from
    /// `page`, unless the fields have one.
    @discardableResult
    func post(
        _ path: String, _ fields: [String: String], from page: String? = nil,
        headers: [String] = ["Sec-Fetch-Site: same-origin"]
    ) async throws -> Reply {
        var fields = fields
        if let page, fields["form_token"] == nil { fields["form_token"] = try await formToken(on: page) }
        return try await send(
            ["--header", "Accept: text/html"] + headers.flatMap { ["--header", $0] }
                + fields.flatMap { ["--data-urlencode", "\($0.key)=\($0.value)"] }, path)
    }

    /// The token in the forms of a page.
    func formToken(on page: String) async throws -> String {
        let reply = try await get(page)
        guard let token = reply.text.firstMatch(of: /name="form_token" value="([0-9a-f]{64})"/)?.1 else {
            throw UnexpectedReply(what: "GET \(page): no form", reply: reply)
        }
        return String(token)
    }

    /// Signs up, and returns the API key that the page shows.
    func signUp(_ email: String, password: String = "correct horse", next: String = "/sites") async throws -> String {
        let reply = try await post(
            "/sign-up", ["email": email, "password": password, "next": next], from: "/sign-up")
        guard reply.status == 201, let key = reply.text.firstMatch(of: /id="api-key">([0-9a-f]{64})</)?.1 else {
            throw UnexpectedReply(what: "POST /sign-up", reply: reply)
        }
        return String(key)
    }

    private func send(_ options: [String], _ path: String) async throws -> Reply {
        let jar = cookies.withLock { $0.map { "\($0.key)=\($0.value)" }.joined(separator: "; ") }
        let reply = try await platform.curl(
            (jar.isEmpty ? [] : ["--header", "Cookie: \(jar)"]) + options, "/\(path)")
        if let set = reply.header("Set-Cookie"), let match = set.firstMatch(of: /^([^=]+)=([^;]*)/) {
            let (name, value) = (String(match.1), String(match.2))
            cookies.withLock { $0[name] = set.contains("Max-Age=0") ? nil : value }
        }
        return reply
    }
}
