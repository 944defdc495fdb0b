import Foundation

extension Platform {
    /// A visitor's request to the edge.
    ///
    /// - Parameter host: as a browser's address line has it, without the port.
    func get(
        host: String, path: String = "/", method: String = "GET", headers: [String] = []
    ) async throws -> Reply {
        let verb = method == "HEAD" ? ["--head"] : ["--request", method]
        return try await curl(
            verb + ["--header", "Host: \(host):\(edgePort)"] + headers.flatMap { ["--header", $0] },
            "http://127.0.0.1:\(edgePort)\(path)")
    }

    /// A request to a URL as it was printed.
    func get(_ url: String) async throws -> Reply { try await curl([], url) }

    /// A request to the API, through the edge.
    ///
    /// - Parameters:
    ///   - path: what follows `/api/v1`.
    ///   - key: an API key.
    ///   - body: sent as it is.
    func api(_ method: String, _ path: String, key: String? = nil, body: String? = nil) async throws -> Reply {
        var options = ["--request", method]
        if let key { options += ["--header", "Authorization: Bearer \(key)"] }
        if body != nil { options += ["--header", "Content-Type: application/json", "--data-binary", "@-"] }
        return try await curl(options, "http://localhost:\(edgePort)/api/v1\(path)", input: body ?? "")
    }

    private func curl(_ options: [String], _ url: String, input: String = "") async throws -> Reply {
        let outcome = try await run(
            ["curl", "-q", "--silent", "--show-error", "--include", "--path-as-is", "--max-time", "30"]
                + ["--header", "Expect:"] + options + [url],
            input: Data(input.utf8), merged: false)
        return try Reply(outcome.orThrow("curl \(url)").output)
    }
}
