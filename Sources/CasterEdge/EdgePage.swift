import CasterCore
import Foundation

/// One page of the edge. All share a style, dark or light as the visitor's system is.
struct EdgePage: Sendable {
    let title: String
    let text: String

    var html: String {
        """
        <!doctype html>
        <html lang="en">
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width">
        <meta name="robots" content="noindex">
        <title>\(title)</title>
        <style>\(Self.style)</style>
        <main>
        <h1>\(title)</h1>
        <p>\(text)</p>
        </main>
        </html>

        """
    }

    /// The style as a Content-Security-Policy source (CSP level 3, §2.3.1), so that the pages work where inline styles
    /// are refused.
    static var styleSource: String { "'sha256-\(Data(Secret.sha256(style.utf8)).base64EncodedString())'" }

    private static let style = """
        :root{color-scheme:light dark;font:1.1rem/1.5 system-ui,sans-serif}\
        body{margin:0;min-height:100vh;display:grid;place-items:center}\
        main{padding:2rem;max-width:32rem}\
        h1{font-size:1.6rem;margin:0 0 .5rem}\
        p{margin:0;opacity:.75}
        """
}
