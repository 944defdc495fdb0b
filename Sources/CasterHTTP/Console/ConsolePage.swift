import CasterCore
import Hummingbird
import NIOCore

/// One page of the console: what the layout shows, and around it what the page's own template shows.
struct ConsolePage {
    let title: String
    /// Who is signed in; nil for nobody.
    let email: String?
    /// Nil where there is no form.
    let formToken: String?
    let stylesheet = Assets.shared.path(of: "caster.css")
    let icon = Assets.shared.path(of: "icon.svg")
    /// The page's scripts, one per behaviour.
    let scripts: [String]
    /// What went wrong, in one sentence.
    let problem: String?
    /// For the page's template.
    let content: Any

    /// - Parameters:
    ///   - scripts: names of files in `Pages`.
    ///   - problem: what went wrong when a form of this page was sent.
    init(
        _ title: String, for context: APIContext, scripts: [String] = [], problem: Refusal? = nil, content: Any = ""
    ) {
        self.title = title
        email = context.user?.email
        formToken = context.browser?.formToken
        self.scripts = scripts.map { Assets.shared.path(of: $0) }
        self.problem = problem?.sentence
        self.content = content
    }

    /// The page as an answer, which no cache keeps.
    func response(_ template: String, status: HTTPResponse.Status = .ok) -> Response {
        Response(
            status: status, headers: [.contentType: "text/html; charset=utf-8", .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: PageTemplates.render(template, self))))
    }
}
