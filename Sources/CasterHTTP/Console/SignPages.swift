import CasterCore
import CasterDeploy
import HTTPTypes
import Hummingbird

/// Signing up, in and out. Wherever one of these pages is asked for with `next`, a path, the way goes on there.
struct SignPages: Sendable {
    let platform: Platform

    /// What the two forms show.
    private struct Credentials {
        let email: String
        let next: String
        let otherPage: String
    }

    /// An account's first API key, shown once.
    private struct NewKey {
        let key: String
        let next: String
    }

    func signInPage(_ request: Request, context: APIContext) -> Response {
        let next = NextPath(request.uri.queryParameters["next"].map(String.init)) ?? .start
        return context.user == nil ? page(.signIn, context, next: next) : .redirect(to: next.text, type: .normal)
    }

    func signUpPage(_ request: Request, context: APIContext) -> Response {
        let next = NextPath(request.uri.queryParameters["next"].map(String.init)) ?? .start
        return context.user == nil ? page(.signUp, context, next: next) : .redirect(to: next.text, type: .normal)
    }

    func signIn(_ form: Form, _ request: Request, context: APIContext) async throws -> Response {
        do {
            let user = try await platform.logIn(
                email: form["email"], password: form["password"], from: request.clientAddress)
            let (_, cookie) = try await beginSession(of: user, request, context)
            var response = Response.redirect(to: form.next.text, type: .normal)
            response.headers[.setCookie] = cookie
            return response
        } catch let refusal as Refusal {
            return page(.signIn, context, next: form.next, email: form["email"], problem: refusal)
        }
    }

    func signUp(_ form: Form, _ request: Request, context: APIContext) async throws -> Response {
        do {
            let (user, key) = try await platform.register(email: form["email"], password: form["password"])
            var context = context
            let (browser, cookie) = try await beginSession(of: user, request, context)
            (context.user, context.browser) = (user, browser)
            var response = ConsolePage(
                "Keep your API key", for: context, scripts: ["copy.js"],
                content: NewKey(key: key, next: form.next.text)
            ).response("key", status: .created)
            response.headers[.setCookie] = cookie
            return response
        } catch let refusal as Refusal {
            return page(.signUp, context, next: form.next, email: form["email"], problem: refusal)
        }
    }

    func signOut(_ form: Form, _ request: Request, context: APIContext) async throws -> Response {
        let cookie = BrowserCookie(scheme: platform.address.scheme)
        if let browser = context.browser { try await platform.endBrowserSession(token: browser.token) }
        var response = Response.redirect(to: "/", type: .normal)
        response.headers[.setCookie] = cookie.setting("", maxAge: 0)
        return response
    }

    /// The browser gets another token: one that somebody could have planted before opens nothing.
    private func beginSession(
        of user: User, _ request: Request, _ context: APIContext
    ) async throws -> (browser: Browser, cookie: String) {
        let (session, token) = try await platform.beginBrowserSession(
            of: user, client: request.headers[.userAgent] ?? "", replacing: context.browser?.token)
        let cookie = BrowserCookie(scheme: platform.address.scheme)
            .setting(token, maxAge: platform.limits.sessionLifetime)
        return (Browser(token: token, isNew: false, session: session), cookie)
    }

    private enum Kind: String {
        case signIn = "sign-in"
        case signUp = "sign-up"
    }

    private func page(
        _ kind: Kind, _ context: APIContext, next: NextPath, email: String = "", problem: Refusal? = nil
    ) -> Response {
        let other = kind == .signIn ? Kind.signUp : .signIn
        var response = ConsolePage(
            kind == .signIn ? "Sign in" : "Sign up", for: context, problem: problem,
            content: Credentials(email: email, next: next.text, otherPage: next.link("/\(other.rawValue)"))
        ).response(kind.rawValue, status: problem?.kind.status ?? .ok)
        if case .tooManyRequests(let seconds) = problem?.kind { response.headers[.retryAfter] = String(seconds) }
        return response
    }
}
