import Foundation

/// One request to a site, as the edge wrote it down.
public struct AccessLine: Sendable, Hashable {
    /// When it was answered.
    public let time: Date
    /// As nginx has it: 499 if the visitor left before the answer.
    public let status: Int
    /// Of head and body.
    public let bytes: Int
    /// From the request's first byte to the last one that was handed to the visitor, in milliseconds.
    public let milliseconds: Int
    public let host: String
    /// Without the query, at most 200 characters; what is not printable is written as `\xHH`.
    public let path: String

    /// nginx's `log_format` for these lines.
    static let format = "$msec $status $bytes_sent $request_time $host $asked_path"

    /// Nil for what is no such line.
    init?(_ line: some Collection<UInt8>) {
        let words = line.split(separator: UInt8(ascii: " "), maxSplits: 5).map { String(decoding: $0, as: UTF8.self) }
        guard words.count == 6, let time = Double(words[0]), let status = Int(words[1]), let bytes = Int(words[2]),
            let seconds = Double(words[3]), (100...999).contains(status)
        else { return nil }
        self.time = Date(timeIntervalSince1970: time)
        self.status = status
        self.bytes = bytes
        milliseconds = Int((seconds * 1000).rounded())
        host = words[4]
        path = words[5]
    }
}
