import Foundation

/// An HTTP answer as `curl` received it.
struct Reply: Sendable {
    let status: Int
    private let headers: [(name: String, value: String)]
    let body: Data

    var text: String { String(decoding: body, as: UTF8.self) }

    /// The body as JSON; null if it is none.
    var json: JSON { (try? JSONDecoder().decode(JSON.self, from: body)) ?? .null }

    /// The value of a header, without regard to case; nil if it was not sent.
    func header(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }

    /// Reads what `curl --include` prints. Throws `BadReply` for anything else.
    init(_ printed: Data) throws {
        var rest = printed
        while true {
            guard let end = rest.firstRange(of: Data("\r\n\r\n".utf8)) else { throw BadReply(printed: printed) }
            let head = String(decoding: rest[..<end.lowerBound], as: UTF8.self)
            let lines = head.components(separatedBy: "\r\n")
            let words = lines[0].split(separator: " ")
            guard words.count >= 2, words[0].hasPrefix("HTTP/"), let status = Int(words[1]) else {
                throw BadReply(printed: printed)
            }
            rest = rest[end.upperBound...]
            if status == 100 { continue }
            self.status = status
            headers = lines.dropFirst().map { line in
                let name = line.prefix { $0 != ":" }
                return (String(name), line.dropFirst(name.count + 1).trimmingCharacters(in: .whitespaces))
            }
            body = Data(rest)
            return
        }
    }
}

struct BadReply: Error, CustomStringConvertible {
    let printed: Data

    var description: String { "not an HTTP answer: \(String(decoding: printed.prefix(500), as: UTF8.self))" }
}
