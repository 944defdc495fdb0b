import Foundation
import Synchronization

/// Somebody who reloads a site without pause, and notes what no visitor may ever see. The site's `page.txt` and
/// `twin.txt` both are a `Version`.
final class Visitor: Sendable {
    private let site: Site
    private let state = Mutex(State())

    private struct State {
        var isStopped = false
        var visits = 0
        var newest = 0
        var complaints: [String] = []
    }

    init(of site: Site) { self.site = site }

    /// How often each file was got.
    var visits: Int { state.withLock(\.visits) }
    var newest: Int { state.withLock(\.newest) }
    var complaints: [String] { state.withLock(\.complaints) }

    /// Ends `visit()`.
    func stop() { state.withLock { $0.isStopped = true } }

    /// Reloads until it is stopped.
    func visit() async throws {
        while !state.withLock(\.isStopped) {
            // One connection, three requests. If both pages are of one version, the twin between them is too.
            let urls = ["page.txt", "twin.txt", "page.txt"].map { "http://127.0.0.1:\(site.platform.edgePort)/\($0)" }
            let got = try await run(
                ["curl", "-q", "--silent", "--max-time", "10", "--header", "Host: \(site.host)"]
                    + ["--write-out", "\n%{http_code} %{errormsg}\n\u{1e}"] + urls)
            let answers = got.text.split(separator: "\u{1e}").map { Answer(String($0)) }
            state.withLock { state in
                state.visits += 1
                state.complaints += answers.compactMap(\.complaint)
                let versions = answers.compactMap(\.version)
                if versions != versions.sorted() {
                    state.complaints.append("an older version after a newer: \(versions)")
                }
                if versions.count == 3, versions[0] == versions[2], versions[0] != versions[1] {
                    state.complaints.append("mixed: \(versions)")
                }
                if let first = versions.first, first < state.newest { state.complaints.append("back to \(first)") }
                state.newest = max(state.newest, versions.max() ?? 0)
            }
        }
    }

    private struct Answer {
        var version: Int?
        var complaint: String?

        init(_ printed: String) {
            let lines = printed.split(separator: "\n", omittingEmptySubsequences: false)
            let status = lines.dropLast().last ?? ""
            let body = lines.dropLast(2).joined(separator: "\n")
            guard status.hasPrefix("200") else {
                complaint = "got: \(status)"
                return
            }
            version = Version(text: body)?.number
            if version == nil { complaint = "not a whole version: \(body.prefix(60))…\(body.suffix(60))" }
        }
    }
}

/// A text that shows whether it is whole: the same number at its beginning and its end, and 20 KB between.
struct Version {
    let number: Int

    init(_ number: Int) { self.number = number }

    /// Nil for what is not one whole version.
    init?(text: String) {
        guard let found = text.wholeMatch(of: /version (\d+)\n(-+)\nend (\d+)\n/), found.1 == found.3,
            found.2.utf8.count == Self.filling, let number = Int(found.1)
        else { return nil }
        self.number = number
    }

    private static let filling = 20_000

    var text: String { "version \(number)\n\(String(repeating: "-", count: Self.filling))\nend \(number)\n" }

    var files: [String: String] { ["page.txt": text, "twin.txt": text] }
}
