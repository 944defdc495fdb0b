import CasterCore
import CasterDeploy
import HTTPTypes
import Hummingbird

/// Says which browser asks, and who is signed in in it. A browser that asks for a page and has no cookie gets one; but
/// never with the answer to a form, which other sites can send without the cookie that the browser has.
struct Browsers: RouterMiddleware {
    let platform: Platform

    func handle(
        _ request: Request, context: APIContext, next: (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        let cookie = BrowserCookie(scheme: platform.address.scheme)
        let token = cookie.token(of: request)
        var context = context
        var session: BrowserSession?
        if let token, let found = try await platform.browserSession(token: token) {
            context.user = found.user
            session = found.session
        }
        let browser = Browser(token: token ?? Secret.randomHex(bytes: 32), isNew: token == nil, session: session)
        context.browser = browser
        var response = try await next(request, context)
        if browser.isNew, request.method == .get, response.headers[.setCookie] == nil,
            response.headers[.contentType]?.hasPrefix("text/html") == true
        {
            response.headers[.setCookie] = cookie.setting(browser.token)
        }
        return response
    }
}
