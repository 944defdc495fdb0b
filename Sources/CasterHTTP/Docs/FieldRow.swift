/// A parameter, or a field of a request's body, as a row of a table.
struct FieldRow {
    let field: String
    /// In words: `integer, 1 to 1,000`.
    let type: String
    /// Where it stands: `path`, `query`, `header`, `body` or `form`.
    let place: String
    let isRequired: Bool
    let meaning: Prose

    /// The rows of an OpenAPI parameter object.
    static func parameter(_ parameter: OrderedJSON, in document: APIDocument) -> FieldRow {
        let schema = parameter["schema"] ?? .null
        return FieldRow(
            field: parameter["name"]?.text ?? "", type: SchemaWords(document).type(of: schema),
            place: parameter["in"]?.text ?? "", isRequired: parameter["required"] == .bool(true),
            meaning: Prose(parameter["description"]?.text ?? ""))
    }

    /// The rows of an object's schema, with those of the objects in it: `files[].name`.
    static func fields(
        of schema: OrderedJSON, place: String, prefix: String = "", in document: APIDocument
    ) -> [FieldRow] {
        let words = SchemaWords(document)
        return words.properties(of: schema).flatMap { property -> [FieldRow] in
            let name = prefix + property.name
            let value = document.resolved(property.schema)
            let row = FieldRow(
                field: name, type: property.types.joined(separator: " or "), place: place,
                isRequired: property.isRequired,
                meaning: Prose((property.schema["description"] ?? value["description"])?.text ?? ""))
            guard let items = value["items"] else {
                return [row] + fields(of: value, place: place, prefix: name + ".", in: document)
            }
            return [row] + fields(of: items, place: place, prefix: name + "[].", in: document)
        }
    }
}
