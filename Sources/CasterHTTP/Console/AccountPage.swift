import CasterCore
import CasterDeploy
import Foundation
import Hummingbird

/// Keys, sessions and the account itself: `/account`.
struct AccountPage: Sendable {
    let platform: Platform

    private struct Content {
        let email: String
        let since: Moment
        let apiKeys: [KeyRow]
        let sshKeys: [KeyRow]
        let sessions: [SessionRow]
        let hasOtherSessions: Bool
        /// The plaintext of a key that was just made.
        let newKey: String?
        /// What was done, in one sentence.
        let done: String?
    }

    private struct KeyRow {
        let number: Int64
        let label: String
        /// Prefix or fingerprint.
        let mark: String
        let created: Moment
        let used: Moment?
    }

    private struct SessionRow {
        let number: Int64
        let client: String
        let isThis: Bool
        let started: Moment
        let seen: Moment
    }

    private static let listLength = 1000

    func show(_ request: Request, context: APIContext) async throws -> Response {
        let notes = ["password": "The password was changed, and all other browsers are signed out."]
        return try await page(context, done: request.uri.queryParameters["done"].flatMap { notes[String($0)] })
    }

    func addAPIKey(_ form: Form, _ request: Request, context: APIContext) async throws -> Response {
        try await answering(context) { user in
            let (_, plaintext) = try await platform.addAPIKey(name: form["name"], to: user)
            return try await page(context, newKey: plaintext)
        }
    }

    func deleteAPIKey(_ form: Form, _ request: Request, context: APIContext) async throws -> Response {
        try await answering(context) { user in
            try await platform.deleteAPIKey(context.requireID(), of: user)
            return .redirect(to: "/account", type: .normal)
        }
    }

    func addSSHKey(_ form: Form, _ request: Request, context: APIContext) async throws -> Response {
        try await answering(context) { user in
            let name = form["name"].isEmpty ? nil : form["name"]
            _ = try await platform.addSSHKey(form["public_key"], name: name, to: user)
            return .redirect(to: "/account#ssh-keys", type: .normal)
        }
    }

    func deleteSSHKey(_ form: Form, _ request: Request, context: APIContext) async throws -> Response {
        try await answering(context) { user in
            try await platform.deleteSSHKey(context.requireID(), of: user)
            return .redirect(to: "/account#ssh-keys", type: .normal)
        }
    }

    func endSession(_ form: Form, _ request: Request, context: APIContext) async throws -> Response {
        try await answering(context) { user in
            try await platform.endBrowserSession(context.requireID(), of: user)
            return .redirect(to: "/account#sessions", type: .normal)
        }
    }

    func endOtherSessions(_ form: Form, _ request: Request, context: APIContext) async throws -> Response {
        try await answering(context) { user in
            try await platform.endBrowserSessions(of: user, except: context.browser?.session?.id)
            return .redirect(to: "/account#sessions", type: .normal)
        }
    }

    func changePassword(_ form: Form, _ request: Request, context: APIContext) async throws -> Response {
        try await answering(context) { user in
            try await platform.changePassword(
                of: user, from: form["current_password"], to: form["new_password"], client: request.clientAddress,
                keepingSession: context.browser?.session?.id)
            return .redirect(to: "/account?done=password", type: .normal)
        }
    }

    func deleteAccount(_ form: Form, _ request: Request, context: APIContext) async throws -> Response {
        try await answering(context) { user in
            guard form["confirmation"] == user.email else {
                throw Refusal.invalid("the account was not deleted: type \(user.email) to confirm")
            }
            try await platform.deleteAccount(of: user, password: form["password"], client: request.clientAddress)
            return .redirect(to: "/", type: .normal)
        }
    }

    /// Shows the page again with what was refused.
    private func answering(
        _ context: APIContext, _ body: (User) async throws -> Response
    ) async throws -> Response {
        do {
            return try await body(context.requireUser())
        } catch let refusal as Refusal {
            return try await page(context, problem: refusal)
        }
    }

    private func page(
        _ context: APIContext, newKey: String? = nil, done: String? = nil, problem: Refusal? = nil
    ) async throws -> Response {
        let user = try context.requireUser()
        let (now, all) = (Date.now, Page(limit: Self.listLength))
        let sessions = try await platform.browserSessions(of: user, page: all)
        let content = Content(
            email: user.email, since: Moment(user.createdAt, now: now),
            apiKeys: try await platform.apiKeys(of: user, page: all).map { key in
                KeyRow(
                    number: key.id, label: key.name, mark: "\(key.prefix)…", created: Moment(key.createdAt, now: now),
                    used: key.lastUsedAt.map { Moment($0, now: now) })
            },
            sshKeys: try await platform.sshKeys(of: user, page: all).map { key in
                KeyRow(
                    number: key.id, label: key.name, mark: key.fingerprint, created: Moment(key.createdAt, now: now),
                    used: key.lastUsedAt.map { Moment($0, now: now) })
            },
            sessions: sessions.map { session in
                SessionRow(
                    number: session.id, client: BrowserName.of(session.client),
                    isThis: session.id == context.browser?.session?.id, started: Moment(session.createdAt, now: now),
                    seen: Moment(session.lastSeenAt, now: now))
            }, hasOtherSessions: sessions.count > 1, newKey: newKey, done: done)
        return ConsolePage(
            "Account", for: context, scripts: ["times.js", "copy.js", "keyfile.js"], problem: problem, content: content
        ).response("account", status: problem?.kind.status ?? .ok)
    }
}

/// A browser's `User-Agent` in two words.
enum BrowserName {
    static func of(_ client: String) -> String {
        let names = [
            ("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"),
        ]
        let systems = [
            ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"),
            ("Mac OS X", "macOS"), ("Linux", "Linux"),
        ]
        guard let name = names.first(where: { client.contains($0.0) })?.1 else {
            return client.isEmpty ? "Unknown browser" : String(client.prefix(60))
        }
        let system = systems.first { client.contains($0.0) }?.1
        return system.map { "\(name) on \($0)" } ?? name
    }
}
