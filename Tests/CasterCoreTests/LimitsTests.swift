import CasterCore
import Testing

/// What the platform promises unless its operator sets it otherwise.
struct LimitsTests {
    @Test func theDefaults() {
        let limits = Limits()
        let megabyte = 1 << 20
        #expect(limits.uploadFiles == 10_000)
        #expect(limits.uploadFileBytes == 25 * megabyte)
        #expect(limits.uploadBytes == 100 * megabyte)
        #expect(limits.archiveBytes == 100 * megabyte)
        #expect(limits.anonymousDeploysPerHour == 3)
        #expect(limits.anonymousLifetime == 24 * 60 * 60)
        #expect(limits.nameQuarantineDays == 30)
        #expect(limits.releasesKept == 5)
    }
}
