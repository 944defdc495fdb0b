import CasterCore
import CasterDeploy
import Hummingbird

/// Making an anonymous site one's own: `/claim#<token>`. The token is in the fragment, which no server and no log sees;
/// the page's script keeps it while somebody signs up on the way.
struct ClaimPage: Sendable {
    let platform: Platform

    private struct Content {
        let isSignedIn: Bool
        let signIn: String
        let signUp: String
    }

    func show(_ request: Request, context: APIContext) -> Response { page(context) }

    func claim(_ form: Form, _ request: Request, context: APIContext) async throws -> Response {
        do {
            let site = try await platform.claim(token: form["claim_token"], for: context.requireUser())
            return .redirect(to: "/sites/\(site.siteID.short)", type: .normal)
        } catch let refusal as Refusal {
            return page(context, problem: refusal)
        }
    }

    private func page(_ context: APIContext, problem: Refusal? = nil) -> Response {
        let next = NextPath(known: "/claim")
        return ConsolePage(
            "Claim a site", for: context, scripts: ["claim.js"], problem: problem,
            content: Content(
                isSignedIn: context.user != nil, signIn: next.link("/sign-in"), signUp: next.link("/sign-up"))
        ).response("claim", status: problem?.kind.status ?? .ok)
    }
}
