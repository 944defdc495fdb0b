import CasterCore

/// What `tools.json` says of the tools, in the form of each revision: the same bytes every time, so that clients and
/// models can cache them. References are replaced by what they stand for, because not every client follows them.
struct ToolCatalog: Sendable {
    /// For models: what the tools are good for together.
    let instructions: String
    private let lists: [ProtocolRevision: OrderedJSON]

    /// Traps if `tools.json` is not JSON, which a test would find.
    init(limits: Limits) {
        let document: OrderedJSON
        do {
            document = try OrderedJSON(parsing: PackageResources.tools_json)
        } catch {
            preconditionFailure("tools.json: \(error)")
        }
        instructions = document["instructions"]?.text ?? ""
        let tools = (document["tools"]?.items ?? []).map { Self.resolve($0, in: document, limits) }
        lists = Dictionary(
            uniqueKeysWithValues: ProtocolRevision.allCases.map { revision in
                (revision, .array(tools.map { Self.tool($0, in: revision) }))
            })
    }

    /// The array that `tools/list` answers.
    func list(for revision: ProtocolRevision) -> OrderedJSON { lists[revision] ?? [] }

    private static func tool(_ tool: OrderedJSON, in revision: ProtocolRevision) -> OrderedJSON {
        var unknown: Set<String> = []
        if !revision.hasAnnotations { unknown.insert("annotations") }
        if !revision.hasStructuredContent { unknown.formUnion(["title", "outputSchema"]) }
        return tool.without(unknown)
    }

    /// Replaces `{"$ref": …}` and `${…}`.
    private static func resolve(_ value: OrderedJSON, in document: OrderedJSON, _ limits: Limits) -> OrderedJSON {
        if let path = value["$ref"]?.text {
            let names = path.split(separator: "/").dropFirst().map(String.init)
            return resolve(names.reduce(document) { $0[$1] ?? .null }, in: document, limits)
        }
        switch value {
        case .object(let members):
            return .object(members.map { .init(name: $0.name, value: resolve($0.value, in: document, limits)) })
        case .array(let items): return .array(items.map { resolve($0, in: document, limits) })
        case .string("${fileReadBytes}"): return .int(limits.fileReadBytes)
        case .string(let text): return .string(text.replacing("${uploadFiles}", with: String(limits.uploadFiles)))
        case .number, .bool, .null: return value
        }
    }
}
