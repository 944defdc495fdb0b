import Foundation

/// What is pushed: a Dockerfile and the tests' server.
struct App: Sendable {
    var page = "hello\n"
    var expose: [String] = ["EXPOSE 8080"]
    /// Lines before the last.
    var steps: [String] = []
    var command = #"["python3", "/app/app.py"]"#

    var files: [String: String] {
        get throws {
            [
                "Dockerfile":
                    (["FROM base", "COPY app.py /app/app.py"] + steps + expose
                    + ["COPY page.txt /app/page.txt", "CMD \(command)"]).joined(separator: "\n") + "\n",
                "app.py": try String(contentsOfFile: Build.script("app.py"), encoding: .utf8),
                "page.txt": page,
            ]
        }
    }

    static func with(_ change: (inout App) -> Void) -> App {
        var app = App()
        change(&app)
        return app
    }
}

extension Checkout {
    /// Commits an app and pushes it.
    @discardableResult
    func push(_ app: App) async throws -> Outcome {
        try await commit(app.files)
        return try await push()
    }
}

extension Site {
    /// A working copy with an app that is live already.
    func running(_ app: App = App()) async throws -> Checkout {
        let checkout = try await checkout()
        let push = try await checkout.push(app)
        guard push.text.contains("Live in") else { throw TimedOut(what: "the app is not live", seen: push.text) }
        return checkout
    }

    /// `stopped`, `starting` or `running`.
    var containerState: String? {
        get async throws {
            try await owner.api("GET", "/sites/\(short)").json["environment"]?["container_state"]?.string
        }
    }
}
