import CasterCore

/// The headers of one part of a form (RFC 7578 §4.2).
struct MultipartHeaders: Equatable {
    /// The field's name; nil for a part without one, which is no field of the form.
    let name: String?

    /// Reads a block of lines, each with its line end.
    ///
    /// Throws `Refusal.invalid` for lines that are no headers, and for a part in an encoding of mail.
    init(_ block: String) throws(Refusal) {
        var fields: [String: String] = [:]
        var last = ""
        // A line that begins with a space goes on with the one before.
        for line in block.split(separator: "\r\n", omittingEmptySubsequences: true) {
            if let first = line.unicodeScalars.first, first == " " || first == "\t", !last.isEmpty {
                fields[last, default: ""] += line
                continue
            }
            guard let colon = line.unicodeScalars.firstIndex(of: ":"), colon > line.startIndex else {
                throw .invalid("the form is damaged: \(String(line).quoted) is no header of a part")
            }
            last = line[..<colon].lowercased()
            fields[last] = String(line[line.index(after: colon)...])
        }
        if let encoding = fields["content-transfer-encoding"].flatMap({ MultipartParameters($0)?.value }),
            !["binary", "8bit", "7bit"].contains(encoding)
        {
            throw .invalid("a part of the form is encoded as \(encoding.quoted): send the bytes as they are")
        }
        let disposition = fields["content-disposition"].flatMap { MultipartParameters($0) }
        name = disposition?.value == "form-data" ? disposition?["name"] : nil
    }
}
