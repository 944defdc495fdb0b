/// JSON schemas in words, as far as the document uses them.
struct SchemaWords {
    let document: APIDocument

    init(_ document: APIDocument) { self.document = document }

    struct Property {
        let name: String
        let schema: OrderedJSON
        /// More than one where the object's variants differ in it.
        let types: [String]
        let isRequired: Bool
    }

    /// The properties of an object, or of all variants of it, in the order in which they are written.
    func properties(of schema: OrderedJSON) -> [Property] {
        let schema = document.resolved(schema)
        let variants = (schema["anyOf"]?.items ?? []).map(document.resolved) + [schema]
        let objects = variants.filter { $0["properties"] != nil }
        var names: [String] = []
        for member in objects.flatMap({ $0["properties"]?.members ?? [] }) where !names.contains(member.name) {
            names.append(member.name)
        }
        return names.map { name in
            let schemas = objects.compactMap { $0["properties"]?[name] }
            var types: [String] = []
            for type in schemas.map(type(of:)) where !types.contains(type) { types.append(type) }
            let isRequired = objects.allSatisfy { $0["required"]?.items.contains(.string(name)) ?? false }
            return Property(name: name, schema: schemas.first ?? .null, types: types, isRequired: isRequired)
        }
    }

    func type(of schema: OrderedJSON) -> String {
        let schema = document.resolved(schema)
        if let value = schema["const"] { return value.description }
        if let values = schema["enum"] { return values.items.map(\.description).joined(separator: " or ") }
        let variants = schema["anyOf"]?.items ?? schema["allOf"]?.items ?? []
        if !variants.isEmpty {
            var names: [String] = []
            for name in variants.map(type(of:)) where !names.contains(name) { names.append(name) }
            return names.joined(separator: " or ")
        }
        guard let type = schema["type"] else { return "any" }
        let names = type.text.map { [$0] } ?? type.items.compactMap(\.text)
        if names == ["array"], let items = schema["items"] { return "array of \(self.type(of: items))" }
        if schema["format"] == .string("archive") { return "file" }
        if schema["contentEncoding"] != nil { return "base64 string" }
        return names.joined(separator: " or ") + range(of: schema)
    }

    private func range(of schema: OrderedJSON) -> String {
        switch (schema["type"], schema["minimum"], schema["maximum"]) {
        case (.string("integer"), .number(let least)?, .number(let greatest)?) where greatest.count < 10:
            ", \(least) to \(greatest)" + (schema["default"].map { ", default \($0)" } ?? "")
        default: ""
        }
    }
}
