import CasterEngine
import Testing

struct BodyPipeTests {
    /// A build that is cancelled leaves pieces that nobody reads.
    @Test func leftWithPiecesInIt() async throws {
        for _ in 0..<100 {
            let pipe = BodyPipe()
            for byte in [1, 2, 3] as [UInt8] { try withUnsafeBytes(of: byte) { try pipe.write($0) } }
            var reader = pipe.makeAsyncIterator()
            #expect(try await reader.next() != nil)
        }
    }
}
