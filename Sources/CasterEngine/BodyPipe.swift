import Dispatch
import NIOCore
import Synchronization

/// Carries a request's body from a thread that may block to the HTTP client: a few pieces at most wait in between.
public final class BodyPipe: AsyncSequence, Sendable {
    public typealias Element = ByteBuffer

    private let stream: AsyncThrowingStream<ByteBuffer, any Error>
    private let continuation: AsyncThrowingStream<ByteBuffer, any Error>.Continuation
    private let room = DispatchSemaphore(value: 0)
    private let isCancelled = Atomic(false)

    public init() {
        (stream, continuation) = AsyncThrowingStream.makeStream()
        // Not as its first value: a semaphore that goes while it holds less than that ends the process.
        for _ in 0..<4 { room.signal() }
    }

    /// Hands over one piece; blocks until there is room. Throws `CancellationError` once nobody reads any more.
    public func write(_ bytes: UnsafeRawBufferPointer) throws {
        room.wait()
        guard !isCancelled.load(ordering: .acquiring) else {
            room.signal()  // for the next call
            throw CancellationError()
        }
        continuation.yield(ByteBuffer(bytes: bytes))
    }

    /// Ends the body: as a whole, or as one that failed and must not be taken for whole.
    public func finish(_ error: (any Error)? = nil) { continuation.finish(throwing: error) }

    /// Nobody reads any more.
    public func cancel() {
        isCancelled.store(true, ordering: .releasing)
        room.signal()
    }

    public func makeAsyncIterator() -> Iterator { Iterator(base: stream.makeAsyncIterator(), room: room) }

    public struct Iterator: AsyncIteratorProtocol {
        var base: AsyncThrowingStream<ByteBuffer, any Error>.Iterator
        let room: DispatchSemaphore

        public mutating func next() async throws -> ByteBuffer? {
            guard let piece = try await base.next() else { return nil }
            room.signal()
            return piece
        }
    }
}
