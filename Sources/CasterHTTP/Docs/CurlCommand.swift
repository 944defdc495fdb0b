/// A request as a command for a POSIX shell.
struct CurlCommand {
    let method: String
    let url: String
    /// May name shell variables.
    var header: String?
    var body: String?
    /// A field of a form, as `-F` takes it.
    var form: String?
    /// The answer is shown as it arrives.
    var streams = false

    init(method: String, url: String) {
        self.method = method
        self.url = url
    }

    var text: String {
        let standard = body != nil || form != nil ? "POST" : "GET"
        var parts = ["curl -s"]
        if streams { parts[0] += "N" }
        if method != standard { parts[0] += " -X \(method)" }
        parts[0] += " \(url)"
        if let header { parts.append("-H \"\(header)\"") }
        if let form { parts.append("-F \(form)") }
        if let body { parts.append("-d '\(body.replacing("'", with: "'\\''"))'") }
        return parts.joined(separator: " \\\n  ")
    }
}
