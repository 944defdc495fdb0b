import Mustache

/// The templates in `Pages`, each by the name of its file. What they show is escaped for HTML.
enum PageTemplates {
    static let library: MustacheLibrary = {
        let files = [("docs", PackageResources.docs_mustache), ("prose", PackageResources.prose_mustache)]
        do {
            return MustacheLibrary(
                templates: Dictionary(
                    uniqueKeysWithValues: try files.map { name, bytes in
                        (name, try MustacheTemplate(string: String(decoding: bytes, as: UTF8.self)))
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
