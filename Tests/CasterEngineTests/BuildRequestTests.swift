import CasterEngine
import Testing

struct BuildRequestTests {
    @Test(arguments: [
        ("0-1", "1"), ("0-7", "1-7"), ("3,7", "7"), ("2-3,8-9", "3,8-9"), ("0", nil), ("5", nil), ("", nil), ("x", nil),
    ])
    func oneCPUIsLeftToOthers(_ list: String, _ rest: String?) {
        #expect(BuildRequest.allButFirst(ofCPUs: list) == rest)
    }
}
