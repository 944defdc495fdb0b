/// Bytes that came and have not gone on yet, in order.
struct ByteQueue {
    private var storage: [UInt8] = []
    private var start = 0

    var count: Int { storage.count - start }
    var isEmpty: Bool { count == 0 }

    mutating func append(_ bytes: UnsafeRawBufferPointer) {
        if start > 0, start >= count {
            storage.removeSubrange(..<start)
            start = 0
        }
        storage.append(contentsOf: bytes)
    }

    /// Drops as many bytes from the front as `take` says it took, and returns what it returned.
    mutating func drain(_ take: (UnsafeRawBufferPointer) -> Int?) -> Int? {
        let taken = storage.withUnsafeBytes { take(UnsafeRawBufferPointer(rebasing: $0[start...])) }
        start += taken ?? 0
        if isEmpty { removeAll() }
        return taken
    }

    mutating func removeAll() {
        storage.removeAll(keepingCapacity: true)
        start = 0
    }
}
