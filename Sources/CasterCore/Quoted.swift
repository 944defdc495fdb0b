extension String {
    /// For a message: in quotes, at most 200 characters, without anything that moves a terminal's cursor, breaks the
    /// line or turns the direction of writing.
    public var quoted: String {
        var text = "\""
        for scalar in unicodeScalars.prefix(200) {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator: text += "?"
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text + (unicodeScalars.dropFirst(200).isEmpty ? "\"" : "…\"")
    }
}
