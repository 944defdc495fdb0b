import CasterCore
import Hummingbird
import NIOCore

/// The API's OpenAPI document, `openapi.json`, with what only this server knows filled in: `${origin}` and the limits.
struct APIDocument: Sendable {
    let json: OrderedJSON

    /// Traps if `openapi.json` is not JSON, which a test would find.
    init(address: PublicAddress, limits: Limits) {
        let values = Self.values(address, limits)
        do {
            json = try OrderedJSON(parsing: PackageResources.openapi_json).mapStrings { text in
                guard text.contains("${") else { return text }
                return values.reduce(text) { $0.replacing("${\($1.name)}", with: $1.value) }
            }
        } catch {
            preconditionFailure("openapi.json: \(error)")
        }
    }

    /// What a `$ref` within the document stands for; the value itself if it is none.
    func resolved(_ value: OrderedJSON) -> OrderedJSON {
        guard let path = value["$ref"]?.text else { return value }
        let names = path.split(separator: "/").dropFirst().map(String.init)
        return names.reduce(json) { $0[$1] ?? .null }
    }

    private static func values(_ address: PublicAddress, _ limits: Limits) -> [(name: String, value: String)] {
        [
            ("origin", address.consoleURL),
            ("requestBytes", bytes(limits.requestBytes)),
            ("uploadFiles", grouped(limits.uploadFiles)),
            ("uploadFileBytes", bytes(limits.uploadFileBytes)),
            ("uploadBytes", bytes(limits.uploadBytes)),
            ("archiveBytes", bytes(limits.archiveBytes)),
            ("fileReadBytes", bytes(limits.fileReadBytes)),
            ("packBytes", bytes(limits.packBytes)),
            ("anonymousDeploysPerHour", grouped(limits.anonymousDeploysPerHour)),
            ("anonymousLifetime", duration(limits.anonymousLifetime)),
            ("loginFailuresPerAccount", grouped(limits.loginFailuresPerAccount)),
            ("loginFailuresPerAddress", grouped(limits.loginFailuresPerAddress)),
            ("apiKeysPerUser", grouped(limits.apiKeysPerUser)),
            ("domainsPerSite", grouped(limits.domainsPerSite)),
            ("sshKeysPerUser", grouped(limits.sshKeysPerUser)),
            ("nameQuarantineDays", grouped(limits.nameQuarantineDays)),
        ]
    }

    /// `25 MB` for 26,214,400: in units of 1,024, where it comes out even.
    static func bytes(_ count: Int) -> String {
        for (shift, unit) in [(30, "GB"), (20, "MB"), (10, "KB")] where count > 0 && count % (1 << shift) == 0 {
            return "\(grouped(count >> shift)) \(unit)"
        }
        return "\(grouped(count)) bytes"
    }

    private static func duration(_ seconds: Int) -> String {
        seconds > 0 && seconds % 3600 == 0 ? "\(grouped(seconds / 3600)) hours" : "\(grouped(seconds)) seconds"
    }

    /// `10,000` for 10000.
    private static func grouped(_ number: Int) -> String {
        var digits = Array(String(number))
        for place in stride(from: digits.count - 3, to: 0, by: -3) { digits.insert(",", at: place) }
        return String(digits)
    }
}
