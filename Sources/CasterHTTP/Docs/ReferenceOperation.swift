import HTTPTypes

/// One operation of the API as the reference shows it.
struct ReferenceOperation {
    /// Names the place in the page.
    let anchor: String
    let method: String
    let path: String
    let summary: String
    let description: Prose
    let authentication: String
    let fields: [FieldRow]
    /// A curl command.
    let request: String
    let answers: [Answer]
    private(set) var errors: [ErrorRow]

    struct Answer {
        let status: String
        let caption: String
        /// Nil where there is nothing to show.
        let body: String?
    }

    struct ErrorRow: Hashable {
        let code: Int
        let status: String
        let reason: Prose
        let example: String
    }

    /// - Parameters:
    ///   - json: an OpenAPI operation object of the document.
    ///   - origin: the URL before the path.
    init(_ json: OrderedJSON, method: String, path: String, origin: String, document: APIDocument) {
        self.method = method.uppercased()
        self.path = path
        anchor = json["operationId"]?.text ?? ""
        summary = json["summary"]?.text ?? ""
        description = Prose(json["description"]?.text ?? "")

        let security = (json["security"] ?? document.json["security"])?.items ?? []
        let takesKey = security.contains { $0["apiKey"] != nil }
        authentication =
            !takesKey ? "none" : security.contains(.object([])) ? "API key, or none" : "API key"

        let parameters = (json["parameters"]?.items ?? []).map(document.resolved)
        let body = document.resolved(json["requestBody"] ?? .null)["content"]?.members.first
        let isForm = body?.name == "multipart/form-data"
        fields =
            parameters.map { .parameter($0, in: document) }
            + FieldRow.fields(of: body?.value["schema"] ?? .null, place: isForm ? "form" : "body", in: document)

        let responses = (json["responses"]?.members ?? []).map { ($0.name, document.resolved($0.value)) }
        answers = responses.filter { $0.0.hasPrefix("2") }.flatMap(Self.answers)
        errors = responses.filter { !$0.0.hasPrefix("2") }.map(Self.error)

        var command = CurlCommand(method: self.method, url: origin + Self.filled(path, parameters))
        command.streams = responses.contains { $0.1["content"]?["text/event-stream"] != nil }
        if takesKey { command.header = "Authorization: Bearer $CASTER_KEY" }
        if isForm {
            command.form = "file=@site.zip"
        } else if let example = body?.value["example"] {
            command.body = example.description
        }
        request = command.text
    }

    /// Without these errors, which the page shows elsewhere.
    func leavingOut(_ common: Set<ErrorRow>) -> ReferenceOperation {
        var copy = self
        copy.errors.removeAll(where: common.contains)
        return copy
    }

    /// The path with each parameter's example in its place.
    private static func filled(_ path: String, _ parameters: [OrderedJSON]) -> String {
        parameters.reduce(path) { path, parameter in
            guard let name = parameter["name"]?.text, let example = parameter["example"] else { return path }
            return path.replacing("{\(name)}", with: example.text ?? example.description)
        }
    }

    private static func answers(_ name: String, _ response: OrderedJSON) -> [Answer] {
        let media = response["content"]?.members.first?.value ?? .null
        let caption = response["description"]?.text ?? ""
        let examples = media["examples"]?.members.map(\.value) ?? []
        if examples.isEmpty {
            return [Answer(status: line(name), caption: caption, body: media["example"].map(shown))]
        }
        return examples.map {
            Answer(status: line(name), caption: $0["summary"]?.text ?? caption, body: $0["value"].map(shown))
        }
    }

    private static func error(_ name: String, _ response: OrderedJSON) -> ErrorRow {
        let example = response["content"]?.members.first?.value["example"]
        return ErrorRow(
            code: Int(name) ?? 0, status: line(name), reason: Prose(response["description"]?.text ?? ""),
            example: example?["error"]?.text ?? "")
    }

    /// JSON as JSON, text as text.
    private static func shown(_ example: OrderedJSON) -> String { example.text ?? example.description }

    private static let statuses: [HTTPResponse.Status] = [
        .ok, .created, .accepted, .noContent, .badRequest, .unauthorized, .notFound, .conflict, .gone,
        .contentTooLarge, .unsupportedMediaType, .tooManyRequests, .internalServerError, .badGateway,
        .serviceUnavailable,
    ]

    /// `404 Not Found`.
    private static func line(_ code: String) -> String {
        let status = statuses.first { String($0.code) == code }
        return status.map { "\(code) \($0.reasonPhrase)" } ?? code
    }
}
