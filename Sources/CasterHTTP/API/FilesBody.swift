import CasterCore
import CasterDeploy
import Foundation

/// `files` as paste and one-shot deploy take them: `{"name": …, "content": …}`, the content as text, or as bytes with
/// `"encoding": "base64"`.
struct FilesBody: Decodable {
    let files: [File]
    /// One-shot only: the site to deploy to.
    let site: String?

    struct File: Decodable {
        let name: String
        let content: String
        let encoding: String?
    }

    /// Throws `Refusal.invalid` for a name or an encoding that is none.
    func newFiles() throws(Refusal) -> [NewFile] { try Self.newFiles(files) }

    /// The same for files that came otherwise.
    static func newFiles(_ files: [File]) throws(Refusal) -> [NewFile] {
        var result: [NewFile] = []
        result.reserveCapacity(files.count)
        for file in files {
            let path = try SitePath(file.name)
            switch file.encoding {
            case nil, "text", "utf-8": result.append(NewFile(path: path, content: Array(file.content.utf8)))
            case "base64":
                guard let data = Data(base64Encoded: file.content) else {
                    throw .invalid("the content of \(file.name.quoted) is not base64")
                }
                result.append(NewFile(path: path, content: Array(data)))
            case .some(let other): throw .invalid("encoding must be base64 or left out, not \(other.quoted)")
            }
        }
        return result
    }
}
