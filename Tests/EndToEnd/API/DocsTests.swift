import Foundation
import Testing

/// `/docs`, the API reference for people.
@Suite(.timeLimit(.minutes(1)))
struct DocsTests {
    @Test func everyOperationIsShown() async throws {
        try await withPlatform { platform in
            let page = try await platform.curl(["--header", "Accept: text/html"], "//docs")
            #expect(page.status == 200)
            #expect(page.header("Content-Type")?.hasPrefix("text/html") == true)
            // As somebody reads it: the method, and the path behind it, on a line of their own.
            let lines = page.text.replacing(/<[^>]*>/, with: "").split(separator: "\n")
            let shown = Set(lines.map { $0.trimmingCharacters(in: .whitespaces) })
            for (path, methods) in try await platform.operations() {
                #expect(!methods.isEmpty, "\(path)")
                for method in methods { #expect(shown.contains("\(method) \(path)"), "\(method) \(path)") }
            }
        }
    }
}
