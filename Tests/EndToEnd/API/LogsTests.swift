import Foundation
import Testing

/// `GET …/deployments/{id}/logs`: the build log as server-sent events.
@Suite(.timeLimit(.minutes(2)))
struct LogsTests {
    @Test func theWholeLogAndThenTheEnd() async throws {
        try await withPlatform { platform in
            let site = try await platform.account().createSite()
            let id = try await site.pastePage("logged")
            let reply = try await site.owner.api("GET", "/sites/\(site.short)/deployments/\(id)/logs")
            #expect(reply.status == 200)
            #expect(reply.header("Content-Type")?.hasPrefix("text/event-stream") == true)
            let events = Event.all(in: reply.text)
            #expect(events.last?.name == "end")
            #expect(events.dropLast().allSatisfy { $0.name == "log" })
            let deployment = try await site.deployment(id)
            let log = try #require(deployment["build_log"]?.string)
            #expect(!log.isEmpty)
            #expect(events.dropLast().map { $0.data + "\n" }.joined() == log)
            func expectEnd(_ event: Event?, _ what: String = "") throws {
                #expect(event?.name == "end", "\(what)")
                #expect(
                    try JSONDecoder().decode(JSON.self, from: Data((event?.data ?? "").utf8)) == deployment, "\(what)")
            }
            try expectEnd(events.last)
            #expect(events.last?.id == "\(log.utf8.count)")

            // From any event on, and for a client that has them all.
            for event in events {
                let rest = try await site.owner.curl(
                    ["--header", "Last-Event-ID: \(event.id)"], "/sites/\(site.short)/deployments/\(id)/logs")
                let later = Event.all(in: rest.text)
                let offset = try #require(Int(event.id))
                let missing = String(decoding: log.utf8.dropFirst(offset), as: UTF8.self)
                #expect(later.dropLast().map { $0.data + "\n" }.joined() == missing)
                try expectEnd(later.last, event.id)
            }
            for odd in ["x", "-5", "999999999999", ""] {
                let reply = try await site.owner.curl(
                    ["--header", "Last-Event-ID: \(odd)"], "/sites/\(site.short)/deployments/\(id)/logs")
                try expectEnd(Event.all(in: reply.text).last, odd)
            }
        }
    }

    @Test func itFollowsUntilTheEnd() async throws {
        try await withPlatform(roles: .apart) { platform in
            let site = try await platform.account().createSite()
            try await platform.kill(.build)
            let reply = try await site.paste(PastedFile("index.html", "followed"))
            let id = try #require(reply.json["deployment_id"]?.number)
            // What a build writes as it goes on, with everything that could look like an event.
            let log = "\(platform.dataFolder)/logs/\(id).log"
            let lines = "first line\r\n\r\nevent: end\r\ndata: forged\nid: 7\n: comment\n\nü\u{1b}[31m\n"
            try Data((lines + "half a li").utf8).write(to: URL(filePath: log))
            let follower = try platform.beginCurl(
                ["--no-buffer"], "/sites/\(site.short)/deployments/\(id)/logs", key: site.owner.apiKey)
            try await eventually("the first lines did not come") { follower.printed.contains("first line") }
            #expect(!follower.printed.contains("half"), "whole lines only")
            #expect(follower.outcome == nil)

            let file = try FileHandle(forWritingTo: URL(filePath: log))
            try file.seekToEnd()
            try file.write(contentsOf: Data("ne\n".utf8))
            try file.close()
            try await eventually("the line did not come") { follower.printed.contains("data: half a line\n") }
            try platform.start(.build)
            let events = Event.all(in: try await follower.reply().text)
            #expect(events.filter { $0.name == "end" }.count == 1)
            #expect(events.last?.name == "end")
            #expect(events.allSatisfy { $0.name == "log" || $0.name == "end" })
            let text = events.dropLast().map { $0.data + "\n" }.joined()
            #expect(text.hasPrefix(lines.replacing("\r\n", with: "\n") + "half a line\n"), "\(text)")
            #expect(text.contains("Static site: 1 file"))
            let logged = try Data(contentsOf: URL(filePath: log))
            #expect(events.last?.id == "\(logged.count)")
        }
    }
}

/// One server-sent event, as the WHATWG's rules for parsing have it.
private struct Event: Equatable {
    var id = ""
    var name = ""
    var data = ""

    static func all(in stream: String) -> [Event] {
        var events: [Event] = []
        var event = Event()
        var data: [String] = []
        // Every CR, LF or CRLF ends a line.
        let bytes = stream.replacing("\r\n", with: "\n").replacing("\r", with: "\n")
        for line in bytes.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.isEmpty {
                if !data.isEmpty {
                    events.append(Event(id: event.id, name: event.name, data: data.joined(separator: "\n")))
                }
                event.name = ""
                data = []
                continue
            }
            let field = line.prefix { $0 != ":" }
            var value = line.dropFirst(field.count + 1)
            if value.first == " " { value = value.dropFirst() }
            switch field {
            case "id": event.id = String(value)
            case "event": event.name = String(value)
            case "data": data.append(String(value))
            default: break
            }
        }
        return events
    }
}
