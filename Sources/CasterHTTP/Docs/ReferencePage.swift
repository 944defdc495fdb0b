import CasterCore

/// What `docs.mustache` shows.
struct ReferencePage {
    let title: String
    let introduction: Prose
    /// The URL that every path of the API begins with.
    let api: String
    let siteURL: String
    let guide: Guide
    let sections: [Section]
    /// The errors that every operation has.
    let commonErrors: [ReferenceOperation.ErrorRow]
    let limits: [Limit]

    struct Section {
        let anchor: String
        let heading: String
        let about: Prose
        let operations: [ReferenceOperation]
    }

    struct Limit {
        let what: String
        let value: String
        let setting: String
    }

    init(_ document: APIDocument, address: PublicAddress, guide: Guide) {
        let json = document.json
        title = json["info"]?["title"]?.text ?? ""
        introduction = Prose(json["info"]?["description"]?.text ?? "")
        api = "\(address.consoleURL)/api/v1"
        siteURL = address.siteURL(label: "a3f9c2e8")
        self.guide = guide
        limits = (json["x-limits"]?.items ?? []).map {
            Limit(
                what: $0["what"]?.text ?? "", value: $0["value"]?.text ?? "", setting: $0["setting"]?.text ?? "")
        }

        let operations = (json["paths"]?.members ?? []).flatMap { path in
            path.value.members.map { method in
                (
                    tag: method.value["tags"]?.items.first?.text,
                    operation: ReferenceOperation(
                        method.value, method: method.name, path: path.name, origin: address.consoleURL,
                        document: document)
                )
            }
        }
        let common = operations.map { Set($0.operation.errors) }.reduce(nil as Set<ReferenceOperation.ErrorRow>?) {
            $0?.intersection($1) ?? $1
        }
        commonErrors = (common ?? []).sorted { $0.code < $1.code }
        sections = (json["tags"]?.items ?? []).map { tag in
            let name = tag["name"]?.text ?? ""
            return Section(
                anchor: name.lowercased().replacing(" ", with: "-"), heading: name,
                about: Prose(tag["description"]?.text ?? ""),
                operations: operations.filter { $0.tag == name }.map { $0.operation.leavingOut(common ?? []) })
        }
    }
}
