import CasterCore
import CasterEdge
import Glibc
import Testing

/// What a caller of the API gets, from a real nginx in front of a stand-in.
@Suite struct PlatformServingTests {
    @Test func withoutTheFrontItSaysSo() async throws {
        try await withEdge { edge in
            for host in ["localhost:\(edge.port)", "127.0.0.1", "[::1]", edge.domain, "console.\(edge.domain)"] {
                let answer = try edge.probe.get(host, "/api/v1/me", method: "POST", body: "{}")
                #expect(answer.status == 502, "\(host)")
                #expect(answer.headers["content-type"] == "application/json", "\(host)")
                #expect(answer.body.hasPrefix(#"{"error": ""#), "\(host)")
            }
            let page = try edge.probe.get("localhost", headers: ["Accept": "text/html,*/*;q=0.8"])
            #expect(page.status == 502)
            #expect(page.headers["content-type"] == "text/html; charset=utf-8")
            #expect(page.headers["retry-after"] == "2")
            #expect(page.body.contains("Back in a moment"))
        }
    }

    @Test func theFrontLearnsWhoAsksAndForWhat() async throws {
        try await withEdge { edge in
            let upstream = try UnixUpstream(path: edge.folder.httpSocket) { request, send in
                send("HTTP/1.1 200 OK\r\nContent-Length: \(request.utf8.count)\r\nConnection: close\r\n\r\n\(request)")
            }
            defer { upstream.stop() }
            let forged = ["X-Forwarded-For": "6.6.6.6", "X-Forwarded-Host": "evil", "Forwarded": "for=6.6.6.6"]
            let answer = try edge.probe.get("localhost:\(edge.port)", "/api/v1/me?x=1", headers: forged)
            #expect(answer.status == 200)
            #expect(answer.body.hasPrefix("GET /api/v1/me?x=1 HTTP/1.1\r\nHost: localhost:\(edge.port)\r\n"))
            #expect(answer.body.contains("\r\nX-Forwarded-For: 127.0.0.1\r\n"))
            #expect(answer.body.contains("\r\nX-Forwarded-Proto: http\r\n"))
            #expect(!answer.body.contains("6.6.6.6"))
            #expect(!answer.body.contains("evil"))
            #expect(answer.headers["x-content-type-options"] == "nosniff")
            #expect(answer.headers["x-frame-options"] == "DENY")
            #expect(answer.headers["referrer-policy"] == "same-origin")
            #expect(answer.headers["content-security-policy"]?.hasPrefix("default-src 'self'") == true)

            let other = "GET http://localhost/ HTTP/1.1\r\nHost: evil\r\nConnection: close\r\n\r\n"
            #expect(try edge.probe.send(other).body.contains("\r\nHost: localhost\r\n"))
        }
    }

    @Test func bodiesAreBounded() async throws {
        try await withEdge { edge in
            // Refused by its length: nothing of the body has to be sent.
            func answer(to path: String, length: Int) throws -> String {
                let connection = try HTTPProbe.Connection(port: edge.port)
                try connection.write(
                    "POST \(path) HTTP/1.1\r\nHost: localhost\r\nContent-Length: \(length)\r\n\r\n")
                return String(decoding: try #require(try connection.read()), as: UTF8.self)
            }
            let limits = Limits()
            for path in ["/api/v1/deploy", "/api/v1/sites/x/paste", "/api/v1/sites/x/files", "/api/v1/mcp", "/deploy"] {
                let refused = try answer(to: path, length: limits.filesBodyBytes + 1)
                #expect(refused.hasPrefix("HTTP/1.1 413 "), "\(path)")
                #expect(refused.contains("CASTER_UPLOAD_BYTES (\(limits.uploadBytes))"), "\(path)")
            }
            // Where no files arrive, a stranger fills no temporary file.
            for path in ["/", "/api/v1/auth/login", "/api/v1/sites", "/api/v1/deploys"] {
                let refused = try answer(to: path, length: limits.requestBytes + 65537)
                #expect(refused.hasPrefix("HTTP/1.1 413 "), "\(path)")
                #expect(refused.contains("(CASTER_REQUEST_BYTES)"), "\(path)")
            }
            #expect(try edge.probe.get("localhost", method: "TRACE").headers["allow"]?.contains("POST") == true)
        }
    }

    @Test func theFrontsOwnPolicyAndStreamsPass() async throws {
        try await withEdge { edge in
            let gate = Gate()
            let upstream = try UnixUpstream(path: edge.folder.httpSocket) { _, send in
                send(
                    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nX-Accel-Buffering: no\r\n"
                        + "Content-Security-Policy: mine\r\nConnection: close\r\n\r\ndata: 1\n\n")
                gate.wait()
                send("data: 2\n\n")
            }
            defer { upstream.stop() }
            let connection = try HTTPProbe.Connection(port: edge.port)
            try connection.write("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            var text = ""
            while !text.contains("data: 1") {
                text += String(decoding: try #require(try connection.read()), as: UTF8.self)
            }
            #expect(text.contains("Content-Security-Policy: mine\r\n"))
            #expect(!text.contains("default-src"))
            gate.open()
            while let more = try connection.read() { text += String(decoding: more, as: UTF8.self) }
            #expect(text.contains("data: 2"))
        }
    }
}
