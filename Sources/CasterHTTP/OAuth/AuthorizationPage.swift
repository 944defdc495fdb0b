import CasterCore
import CasterDeploy
import HTTPTypes
import Hummingbird

/// `oauth/authorize`: asks a person who is signed in whether a program may act for them (RFC 6749 §4.1). It works without
/// a script; the form bears the browser's token, and no other site can frame the page.
struct AuthorizationPage: Sendable {
    let platform: Platform
    let clients: OAuthClients
    let api: OAuthAPI

    private struct Content {
        let client: String
        /// Whose word for its name we have: the document's host. Nil for one that registered itself.
        let host: String?
        let place: String
        let request: String
        let email: String
    }

    func show(_ request: Request, context: APIContext) async throws -> Response {
        let query = request.uri.query ?? ""
        let asked = try await AuthorizationRequest(Form.fields(of: Array(query.utf8)), clients: clients)
        do {
            _ = try asked.challenge(api)
        } catch {
            return redirect(asked, [("error", error.code), ("error_description", error.sentence)])
        }
        // Not before the request is known to be good: a form's answer may not lead on to the program.
        guard let user = context.user else { return SignInRequired.redirect(request) }
        let content = Content(
            client: asked.client.name, host: asked.client.id.host, place: asked.redirectURI.place, request: query,
            email: user.email)
        var response = ConsolePage("Connect a program", for: context, content: content).response("authorize")
        // The answer to the form leads to the program: browsers ask whether it may (CSP 3 §6.4.2).
        response.headers[.contentSecurityPolicy] =
            "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'; "
            + "form-action 'self' \(asked.redirectURI.source)"
        return response
    }

    func decide(_ form: Form, _ request: Request, context: APIContext) async throws -> Response {
        let user = try context.requireUser()
        let asked = try await AuthorizationRequest(Form.fields(of: Array(form["request"].utf8)), clients: clients)
        let challenge: [UInt8]
        do {
            challenge = try asked.challenge(api)
        } catch {
            return redirect(asked, [("error", error.code), ("error_description", error.sentence)])
        }
        guard form["decision"] == "allow" else {
            return redirect(asked, [("error", "access_denied"), ("error_description", "the person said no")])
        }
        let code = try await platform.authorize(
            asked.client, redirectURI: asked.redirectURI, challenge: challenge, for: user)
        return redirect(asked, [("code", code)])
    }

    private func redirect(_ asked: AuthorizationRequest, _ values: [(name: String, value: String)]) -> Response {
        var response = Response.redirect(
            to: asked.answer(values, issuer: platform.address.consoleURL), type: .normal)
        response.headers[.cacheControl] = "no-store"
        // The address of this page has the request in it.
        response.headers[HTTPField.Name("Referrer-Policy")!] = "no-referrer"
        return response
    }
}

extension String {
    /// The host of an https URL; nil for anything else.
    fileprivate var host: String? {
        guard hasPrefix("https://") else { return nil }
        return String(dropFirst(8).prefix { $0 != "/" })
    }
}
