import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1

extension Engine {
    /// Builds an image from a tar stream, and tells what happens as it happens. Cancelling ends the build.
    public func build(_ build: BuildRequest, context: BodyPipe, each: (BuildEvent) async throws -> Void) async throws {
        defer { context.cancel() }
        var lines = LineSplitter(limit: 1 << 20)
        var text = LineSplitter(limit: 1 << 16)
        func report(_ json: ArraySlice<UInt8>) async throws {
            guard !json.isEmpty else { return }
            let message = try Self.decode(BuildMessage.self, ByteBuffer(bytes: json), call: "POST /build")
            if let image = message.aux?.id { try await each(.image(image)) }
            for line in text.add(message.text.utf8) { try await each(.line(String(decoding: line, as: UTF8.self))) }
            if let failure = message.error {
                if let rest = text.end() { try await each(.line(String(decoding: rest, as: UTF8.self))) }
                try await each(.failed(failure))
            }
        }
        try await stream(
            .POST, "/build", query: build.query(), headers: ["Content-Type": "application/x-tar"],
            body: .stream(context, length: .unknown)
        ) { bytes in
            for line in lines.add(bytes.readableBytesView) { try await report(line) }
        }
        if let rest = lines.end() { try await report(rest) }
        if let rest = text.end() { try await each(.line(String(decoding: rest, as: UTF8.self))) }
    }
}

/// One message of the engine's answer to a build.
private struct BuildMessage: Decodable {
    let stream: String?
    let error: String?
    let status: String?
    let id: String?
    let progress: String?
    let aux: Aux?

    struct Aux: Decodable {
        let id: String?

        enum CodingKeys: String, CodingKey { case id = "ID" }
    }

    /// What belongs into the log: output, and what pulling a base image does; not how far each layer's bar has come.
    var text: String {
        if let stream { return stream }
        guard let status, progress == nil else { return "" }
        return (id.map { "\($0): " } ?? "") + status + "\n"
    }
}
