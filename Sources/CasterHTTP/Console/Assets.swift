import CasterCore
import HTTPTypes
import Hummingbird
import NIOCore

/// The stylesheet and the scripts. Their URLs have their content's digest in them, so that browsers keep them for good.
struct Assets: Sendable {
    static let shared = Assets([
        ("caster.css", PackageResources.caster_css), ("claim.js", PackageResources.claim_js),
        ("copy.js", PackageResources.copy_js), ("deploy.js", PackageResources.deploy_js),
        ("icon.svg", PackageResources.icon_svg), ("keyfile.js", PackageResources.keyfile_js),
        ("log.js", PackageResources.log_js), ("site.js", PackageResources.site_js),
        ("times.js", PackageResources.times_js),
    ])

    private struct Asset {
        let version: String
        let type: String
        let bytes: ByteBuffer
    }

    private let assets: [String: Asset]

    private init(_ files: [(name: String, bytes: [UInt8])]) {
        assets = Dictionary(
            uniqueKeysWithValues: files.map { name, bytes in
                let ending = name.split(separator: ".").last ?? ""
                let type = ["css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"][String(ending)]
                guard let type else { preconditionFailure("\(name) has no media type") }
                let asset = Asset(
                    version: String(Secret.hex(Secret.sha256(bytes)).prefix(16)), type: "\(type); charset=utf-8",
                    bytes: ByteBuffer(bytes: bytes))
                return (name, asset)
            })
    }

    /// The path under which a page names it. Traps if there is no such file.
    func path(of name: String) -> String {
        guard let asset = assets[name] else { preconditionFailure("there is no asset \(name)") }
        return "/assets/\(name)?v=\(asset.version)"
    }

    /// Throws `RequestProblem` (404) if there is no such file.
    func get(_ request: Request, context: APIContext) throws -> Response {
        guard let asset = try assets[context.parameters.require("name")] else { throw RequestProblem.notFound(request) }
        let isCurrent = request.uri.queryParameters["v"].map { $0 == asset.version } ?? false
        return Response(
            status: .ok,
            headers: [
                .contentType: asset.type,
                .cacheControl: isCurrent ? "public, max-age=31536000, immutable" : "no-cache",
            ], body: ResponseBody(byteBuffer: asset.bytes))
    }
}
