import Dispatch
import Testing

@testable import CasterStore

struct RelaxedWriteTests {
    /// Whoever asked may be gone, a browser or a build that was cancelled: the write comes to its end, and the store goes on.
    @Test func aCancelledOneComesToItsEnd() async throws {
        let fixture = try await StoreFixture()
        let (begun, begin) = AsyncStream<Void>.makeStream()
        let goOn = DispatchSemaphore(value: 0)
        let task = Task {
            try await fixture.store.relaxedWrite { _ in
                begin.finish()
                goOn.wait()
                return 7
            }
        }
        for await _ in begun {}
        task.cancel()
        goOn.signal()
        #expect(try await task.value == 7)
        #expect(try await fixture.store.relaxedWrite { _ in 8 } == 8)
    }
}
