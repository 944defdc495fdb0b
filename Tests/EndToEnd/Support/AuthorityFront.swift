import Foundation

/// Stands between the platform and its certificate authority: it passes everything on, but for what it is told to refuse
/// or to hold. See `acme_front.py`.
final class AuthorityFront: Sendable {
    let port: Int
    private let folder: String
    private let program: Program

    /// - Parameters:
    ///   - target: the authority's port.
    ///   - folder: has the authority's own certificate.
    init(of target: Int, folder: String) throws {
        port = Ports.free()
        self.folder = "\(folder)/front"
        try FileManager.default.createDirectory(atPath: self.folder, withIntermediateDirectories: false)
        program = try Program(
            [
                "python3", Build.script("acme_front.py"), "\(port)", "\(target)", "\(folder)/own.pem",
                "\(folder)/own.key",
            ],
            directory: self.folder)
    }

    func end() { program.signal(SIGKILL) }

    /// Has each order refused as one too many.
    ///
    /// - Parameters:
    ///   - detail: the reason.
    ///   - seconds: of `Retry-After`.
    func limit(detail: String, seconds: Int) throws {
        let body = JSONEncoder()
        let text = try body.encode(["detail": detail, "seconds": "\(seconds)"])
        try text.write(to: URL(filePath: "\(folder)/limit"), options: .atomic)
    }

    func liftLimit() throws { try FileManager.default.removeItem(atPath: "\(folder)/limit") }

    /// Has certificates wait that were issued and are fetched.
    func hold() throws { try Data().write(to: URL(filePath: "\(folder)/hold")) }

    func release() throws { try FileManager.default.removeItem(atPath: "\(folder)/hold") }

    /// When there were orders, in seconds since 1970.
    var orders: [Double] { times(of: "order") }

    /// When certificates were fetched.
    var fetches: [Double] { times(of: "fetch") }

    private func times(of kind: String) -> [Double] {
        let lines = (try? String(contentsOfFile: "\(folder)/requests", encoding: .utf8))?.split(separator: "\n") ?? []
        return lines.filter { $0.hasPrefix(kind) }.compactMap { Double($0.dropFirst(kind.count + 1)) }
    }
}
