import Mustache

/// The templates in `Pages`, each by the name of its file. What they show is escaped for HTML.
enum PageTemplates {
    static let library: MustacheLibrary = {
        MustacheContentTypes.register(EscapedText(), named: EscapedText.name)
        let files = [
            ("account", PackageResources.account_mustache), ("authorize", PackageResources.authorize_mustache),
            ("claim", PackageResources.claim_mustache), ("container", PackageResources.container_mustache),
            ("deploy-box", PackageResources.deploy_box_mustache), ("deployed", PackageResources.deployed_mustache),
            ("deployment", PackageResources.deployment_mustache),
            ("deployments", PackageResources.deployments_mustache), ("docs", PackageResources.docs_mustache),
            ("domains", PackageResources.domains_mustache),
            ("file", PackageResources.file_mustache), ("files", PackageResources.files_mustache),
            ("guide", PackageResources.guide_mustache),
            ("output", PackageResources.output_mustache), ("home", PackageResources.home_mustache),
            ("key", PackageResources.key_mustache),
            ("layout", PackageResources.layout_mustache), ("problem", PackageResources.problem_mustache),
            ("prose", PackageResources.prose_mustache), ("reference", PackageResources.reference_mustache),
            ("sign-in", PackageResources.sign_in_mustache), ("sign-up", PackageResources.sign_up_mustache),
            ("site", PackageResources.site_mustache), ("sites", PackageResources.sites_mustache),
            ("time", PackageResources.time_mustache), ("traffic", PackageResources.traffic_mustache),
        ]
        do {
            return MustacheLibrary(
                templates: Dictionary(
                    uniqueKeysWithValues: try files.map { name, bytes in
                        let text = "{{% CONTENT_TYPE: \(EscapedText.name)}}\n" + String(decoding: bytes, as: UTF8.self)
                        return (name, try MustacheTemplate(string: text))
                    }))
        } catch {
            preconditionFailure("a template does not compile: \(error)")
        }
    }()

    /// Traps if there is no such template.
    static func render(_ template: String, _ object: Any) -> String {
        guard let page = library.render(object, withTemplate: template) else {
            preconditionFailure("there is no template \(template)")
        }
        return page
    }
}

/// HTML's escapes, byte by byte. Mustache's own go by Swift's characters, and let a quotation mark through that a
/// combining accent follows. Each template must name this type: partials do not inherit it.
struct EscapedText: MustacheContentType {
    static let name = "CASTER"

    func escapeText(_ text: String) -> String {
        var escaped: [UInt8] = []
        escaped.reserveCapacity(text.utf8.count)
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "<"): escaped += "&lt;".utf8
            case UInt8(ascii: ">"): escaped += "&gt;".utf8
            case UInt8(ascii: "&"): escaped += "&amp;".utf8
            case UInt8(ascii: "\""): escaped += "&quot;".utf8
            case UInt8(ascii: "'"): escaped += "&#39;".utf8
            default: escaped.append(byte)
            }
        }
        return String(decoding: escaped, as: UTF8.self)
    }
}
