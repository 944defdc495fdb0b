import CasterDeploy
import HTTPTypes
import Hummingbird
import NIOCore

/// The API's description: `/api/v1/openapi.json` for programs, `/docs` for people. Both are made once, at the start.
struct DocsAPI: Sendable {
    private let document: ByteBuffer
    private let reference: ByteBuffer
    private let stylesheet = ByteBuffer(bytes: PackageResources.docs_css)

    init(platform: Platform) {
        let document = APIDocument(address: platform.address, limits: platform.limits)
        self.document = ByteBuffer(string: document.json.description)
        reference = ByteBuffer(
            string: PageTemplates.render("docs", ReferencePage(document, address: platform.address)))
    }

    func openAPI(_ request: Request, context: APIContext) -> Response {
        Self.response(document, type: "application/json; charset=utf-8")
    }

    func page(_ request: Request, context: APIContext) -> Response {
        Self.response(reference, type: "text/html; charset=utf-8")
    }

    func style(_ request: Request, context: APIContext) -> Response {
        Self.response(stylesheet, type: "text/css; charset=utf-8")
    }

    /// Until there is a console.
    func start(_ request: Request, context: APIContext) -> Response {
        Response.redirect(to: "/docs", type: .temporary)
    }

    private static func response(_ bytes: ByteBuffer, type: String) -> Response {
        Response(
            status: .ok, headers: [.contentType: type, .cacheControl: "no-cache"],
            body: ResponseBody(byteBuffer: bytes))
    }
}
