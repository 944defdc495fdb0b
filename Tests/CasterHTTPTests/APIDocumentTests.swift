import CasterCore
import CasterDeploy
import Foundation
import HTTPTypes
import Hummingbird
import Logging
import Testing

@testable import CasterHTTP

/// The document and the routes say the same.
struct APIDocumentTests {
    /// The console is for people, the figures only for this machine, and MCP describes itself: all else is documented.
    private static func mustBeDocumented(_ route: String) -> Bool {
        (route.contains(" /api/") && !route.hasSuffix("/mcp")) || route.contains("healthz") || route.contains("readyz")
    }

    private static func withPlatform(_ body: (Platform) throws -> Void) throws {
        let folder = "/tmp/caster-routes-\(UInt64.random(in: .min ... .max))"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let address = PublicAddress(domain: "caster.localhost", scheme: "http", edgePort: 8080, sshPort: 2222)
        let platform = try Platform(
            folder: DataFolder(root: folder), address: address, limits: Limits(), logger: Logger(label: "test"))
        defer { platform.close() }
        try body(platform)
    }

    @Test func everyRouteIsDocumentedAndEveryOperationRouted() throws {
        try Self.withPlatform { platform in
            let routed = Set(
                routes(of: platform).routes.map { route in
                    let path = route.path.description.split(separator: "/").map { part in
                        part.hasPrefix(":") ? "{\(part.dropFirst())}" : String(part)
                    }
                    return "\(route.method.rawValue) /\(path.joined(separator: "/"))"
                })
            let document = APIDocument(address: platform.address, limits: platform.limits)
            let paths = try #require(document.json["paths"]).members
            let methods: Set<String> = ["get", "put", "post", "delete", "options", "head", "patch", "trace"]
            let documented = Set(
                paths.flatMap { path in
                    path.value.members.map(\.name).filter(methods.contains).map { "\($0.uppercased()) \(path.name)" }
                })
            #expect(documented.count > 20)
            #expect(routed.subtracting(documented).filter(Self.mustBeDocumented).isEmpty)
            #expect(documented.subtracting(routed).isEmpty)
        }
    }
}
