import Foundation
import NIOCore
import NIOHTTP1

extension Engine {
    /// What a container printed, line by line, both streams in the order in which they came.
    ///
    /// - Parameters:
    ///   - tail: lines from the end at which to begin.
    ///   - since: nothing older than that.
    ///   - follows: also what it prints from now on, until it ends.
    public func logs(
        of container: String, tail: Int, since: Date? = nil, follows: Bool, each: (String) async throws -> Void
    ) async throws {
        var frames = LogFrames()
        var splitters = [LineSplitter(limit: 1 << 14), LineSplitter(limit: 1 << 14)]
        var query = ["stdout": "1", "stderr": "1", "tail": String(tail), "follow": follows ? "1" : "0"]
        query["since"] = since.map { String(format: "%.9f", $0.timeIntervalSince1970) }
        try await stream(.GET, "/containers/\(container)/logs", query: query) { bytes in
            for (stream, part) in frames.add(bytes.readableBytesView) {
                for line in splitters[stream].add(part) { try await each(String(decoding: line, as: UTF8.self)) }
            }
        }
        for stream in splitters.indices {
            if let rest = splitters[stream].end() { try await each(String(decoding: rest, as: UTF8.self)) }
        }
    }

    /// Tells the full IDs of containers in which the kernel ended a process for its memory limit, from now on until it
    /// is cancelled.
    public func watchOutOfMemory(each: (String) async throws -> Void) async throws {
        struct Event: Decodable {
            let id: String?
        }
        var lines = LineSplitter(limit: 1 << 18)
        let filters = try Self.json(["type": ["container"], "event": ["oom"]])
        try await stream(.GET, "/events", query: ["filters": filters]) { bytes in
            for line in lines.add(bytes.readableBytesView) where !line.isEmpty {
                let event = try Self.decode(Event.self, ByteBuffer(bytes: line), call: "GET /events")
                if let id = event.id { try await each(id) }
            }
        }
    }
}

/// Takes the engine's log stream apart: each part has a header of 8 bytes, the stream's number first and the part's
/// length last.
struct LogFrames {
    private var header: [UInt8] = []
    private var stream = 0
    private var remaining = 0

    mutating func add(_ bytes: ByteBufferView) -> [(stream: Int, bytes: ByteBufferView)] {
        var parts: [(Int, ByteBufferView)] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            if remaining == 0 {
                let part = rest.prefix(8 - header.count)
                header += part
                rest = rest.dropFirst(part.count)
                guard header.count == 8 else { break }
                stream = header[0] == 2 ? 1 : 0
                remaining = header[4...].reduce(0) { $0 << 8 | Int($1) }
                header = []
            } else {
                let part = rest.prefix(remaining)
                parts.append((stream, part))
                remaining -= part.count
                rest = rest.dropFirst(part.count)
            }
        }
        return parts
    }
}
