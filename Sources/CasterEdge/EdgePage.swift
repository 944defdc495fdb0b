import CasterCore
import Foundation

/// One page of the edge. All share a style, the console's, dark or light as the visitor's system is.
struct EdgePage: Sendable {
    let title: String
    let text: String
    /// Seconds after which a browser asks again; nil for never.
    var reloads: Int?

    var html: String {
        """
        <!doctype html>
        <html lang="en">
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width">
        <meta name="robots" content="noindex">
        \(reloads.map { "<meta http-equiv=\"refresh\" content=\"\($0)\">\n" } ?? "")\
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
        :root{color-scheme:light dark;font:16px/1.6 system-ui,sans-serif}\
        body{margin:0;min-height:90vh;display:grid;place-items:center;background:#fff;color:#1d2430}\
        main{margin:1.5rem;padding:1.5rem;max-width:32rem;border-left:4px solid #0b5cc4}\
        h1{font-size:1.8rem;line-height:1.2;margin:0 0 .5rem}\
        p{margin:0;color:#5a6475}\
        @media (prefers-color-scheme:dark){body{background:#12161d;color:#e4e8ee}p{color:#9aa5b5}main{border-color:#79b1ff}}
        """
}
