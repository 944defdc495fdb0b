/// Cuts bytes into lines as they come. A line that is longer than the limit is cut into several.
public struct LineSplitter: Sendable {
    let limit: Int
    private var rest: [UInt8] = []

    public init(limit: Int) { self.limit = limit }

    /// The lines that these bytes complete, without their ends: a newline, a carriage return or both.
    public mutating func add(_ bytes: some Sequence<UInt8>) -> [ArraySlice<UInt8>] {
        var lines: [ArraySlice<UInt8>] = []
        for byte in bytes {
            if byte == UInt8(ascii: "\n") || rest.count >= limit {
                lines.append(take())
                if byte == UInt8(ascii: "\n") { continue }
            }
            if byte == UInt8(ascii: "\r") { continue }
            rest.append(byte)
        }
        return lines
    }

    /// What came after the last newline, if anything did.
    public mutating func end() -> ArraySlice<UInt8>? { rest.isEmpty ? nil : take() }

    private mutating func take() -> ArraySlice<UInt8> {
        defer { rest = [] }
        return rest[...]
    }
}
