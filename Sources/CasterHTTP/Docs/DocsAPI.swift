import CasterDeploy
import HTTPTypes
import Hummingbird
import NIOCore

/// The API's description: `/api/v1/openapi.json` for programs, `/docs` for people. Both are made once, at the start; each
/// reader's own is only the frame around the latter.
struct DocsAPI: Sendable {
    private let document: ByteBuffer
    /// HTML.
    private let reference: String

    init(platform: Platform) {
        let document = APIDocument(address: platform.address, limits: platform.limits)
        self.document = ByteBuffer(string: document.json.description)
        reference = PageTemplates.render(
            "docs", ReferencePage(document, address: platform.address, guide: Guide(platform)))
    }

    func openAPI(_ request: Request, context: APIContext) -> Response {
        Response(
            status: .ok, headers: [.contentType: "application/json; charset=utf-8", .cacheControl: "no-cache"],
            body: ResponseBody(byteBuffer: document))
    }

    func page(_ request: Request, context: APIContext) -> Response {
        ConsolePage("API reference", for: context, content: reference).response("reference")
    }
}
