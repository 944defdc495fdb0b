import CasterCore

/// The arguments of a tool call. Whatever is wrong with them is said in a sentence that names the argument, so that a
/// model can mend it (2025-11-25, Tools, "Error Handling").
struct ToolArguments: Sendable {
    private let json: OrderedJSON

    /// - Parameter names: every argument that the tool has.
    ///
    /// Throws `Refusal.invalid` for another one.
    init(_ json: OrderedJSON?, of names: String...) throws(Refusal) {
        self.json = json ?? [:]
        guard self.json.isObject else { throw .invalid("arguments must be an object") }
        if let unknown = self.json.members.first(where: { !names.contains($0.name) }) {
            throw .invalid("there is no argument \(unknown.name.quoted): there are \(names.joined(separator: ", "))")
        }
    }

    func text(_ name: String) throws(Refusal) -> String {
        guard let text = try optionalText(name) else { throw .invalid("\(name) is missing") }
        return text
    }

    /// Nil if it is left out or null.
    func optionalText(_ name: String) throws(Refusal) -> String? {
        guard let value = present(name) else { return nil }
        guard let text = value.text else { throw .invalid("\(name) must be text") }
        return text
    }

    /// Nil if it is left out or null.
    func number(_ name: String, in range: ClosedRange<Int>) throws(Refusal) -> Int? {
        guard let value = present(name) else { return nil }
        // JSON Schema takes 7.0 for an integer.
        guard case .number(let digits) = value, let number = Int(digits) ?? Double(digits).flatMap(Int.init(exactly:)),
            range.contains(number)
        else {
            let end = range.upperBound == .max ? "on" : "to \(range.upperBound)"
            throw .invalid("\(name) must be a whole number from \(range.lowerBound) \(end)")
        }
        return number
    }

    /// Nil if it is left out or null.
    func texts(_ name: String) throws(Refusal) -> [String]? {
        guard let value = present(name) else { return nil }
        guard case .array(let items) = value else { throw .invalid("\(name) must be a list") }
        var texts: [String] = []
        for (index, item) in items.enumerated() {
            guard let text = item.text else { throw .invalid("\(name)[\(index)] must be text") }
            texts.append(text)
        }
        return texts
    }

    /// `files` as REST's paste takes them. Nil if they are left out or null.
    func files() throws(Refusal) -> [FilesBody.File]? {
        guard let value = present("files") else { return nil }
        guard case .array(let items) = value else { throw .invalid("files must be a list") }
        var files: [FilesBody.File] = []
        for (index, item) in items.enumerated() {
            let place = "files[\(index)]"
            guard item.isObject else { throw .invalid("\(place) must be an object with name and content") }
            if let unknown = item.members.first(where: { !["name", "content", "encoding"].contains($0.name) }) {
                throw .invalid("\(place) has a field \(unknown.name.quoted): there are name, content and encoding")
            }
            func field(_ name: String) throws(Refusal) -> String? {
                guard let value = item[name], value != .null else { return nil }
                guard let text = value.text else { throw .invalid("\(place).\(name) must be text") }
                return text
            }
            guard let name = try field("name") else { throw .invalid("\(place).name is missing") }
            guard let content = try field("content") else { throw .invalid("\(place).content is missing") }
            files.append(FilesBody.File(name: name, content: content, encoding: try field("encoding")))
        }
        return files
    }

    private func present(_ name: String) -> OrderedJSON? {
        guard let value = json[name], value != .null else { return nil }
        return value
    }
}
