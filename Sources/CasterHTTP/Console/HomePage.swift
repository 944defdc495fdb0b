import CasterCore
import CasterDeploy
import Hummingbird

/// The start page: a box for files, and the other ways with this server's addresses.
struct HomePage: Sendable {
    let platform: Platform

    private struct Content {
        let isSignedIn: Bool
        let action = "/deploy"
        /// How long an anonymous site stays, in words.
        let lifetime: String
        let gitURL: String
        let api: String
    }

    func show(_ request: Request, context: APIContext) -> Response {
        let address = platform.address
        let content = Content(
            isSignedIn: context.user != nil, lifetime: Moment.length(Double(platform.limits.anonymousLifetime)),
            gitURL: address.gitURL(short: "SITE"), api: "\(address.consoleURL)/api/v1")
        return ConsolePage(
            "Put a page online", for: context, scripts: ["deploy.js", "copy.js", "times.js"], content: content
        ).response("home")
    }
}
