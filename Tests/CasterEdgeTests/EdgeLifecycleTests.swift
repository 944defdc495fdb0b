import CasterCore
import CasterProcess
import Foundation
import Testing

@testable import CasterEdge

/// How nginx is started, found again, replaced and ended.
@Suite struct EdgeLifecycleTests {
    /// An nginx as an earlier caster left it, that listens.
    private func leftBehind(_ edge: Edge) async throws -> ChildProcess {
        try edge.prepare()
        let child = try NginxProgram(configuration: edge.configuration).start()
        try await eventually { try pid(edge) == child.pid }
        return child
    }

    private func pid(_ edge: Edge) throws -> pid_t? {
        try Disk.read(edge.configuration.files.pid)?.split(separator: "\n").first.flatMap { pid_t($0) }
    }

    @Test func itTakesOverWhatAKilledCasterLeft() async throws {
        let fixture = try EdgeFixture()
        let child = try await leftBehind(try fixture.edge())
        let host = try fixture.deploy(["index.html": "still here"])
        #expect(try fixture.probe.get(host).body == "still here")

        let edge = try fixture.edge()
        try edge.prepare()
        try await running(edge) {
            let now = try pid(edge)
            #expect(now == child.pid)
            #expect(try fixture.probe.get(host).body == "still here")
        }
        #expect(child.exitStatus() == 0)
        #expect(throws: (any Error).self) { try fixture.probe.get(host) }
        try fixture.remove()
    }

    @Test func itReplacesAnNginxOfAnotherConfiguration() async throws {
        let fixture = try EdgeFixture()
        let child = try await leftBehind(try fixture.edge(domain: "old.test"))
        let edge = try fixture.edge()
        try edge.prepare()
        #expect(child.exitStatus() == 0)
        try await running(edge) {
            let now = try pid(edge)
            #expect(now != child.pid)
        }
        try fixture.remove()
    }

    @Test func itEndsWorkersWithoutAMaster() async throws {
        let fixture = try EdgeFixture()
        let child = try await leftBehind(try fixture.edge())
        let host = try fixture.deploy(["index.html": "x"])
        kill(child.pid, SIGKILL)
        var poller = pollfd(fd: child.pidfd, events: Int16(POLLIN), revents: 0)
        #expect(poll(&poller, 1, 5000) == 1)
        #expect(try fixture.probe.get(host).status == 200)  // workers serve on, and hold the port
        let edge = try fixture.edge()
        try edge.prepare()
        try await running(edge) {
            let status = try fixture.probe.get(host).status
            #expect(status == 200)
        }
        try fixture.remove()
    }

    @Test func anNginxOfAnotherFolderIsLeftAlone() async throws {
        let other = try EdgeFixture()
        let child = try await leftBehind(try other.edge())
        let fixture = try EdgeFixture()
        let edge = try fixture.edge()
        try FileManager.default.copyItem(
            atPath: EdgeFiles(other.folder).pid, toPath: edge.configuration.files.pid)
        try edge.prepare()
        try await running(edge) {
            let now = try pid(edge)
            #expect(now != child.pid)
        }
        #expect(child.exitStatus() == nil)
        child.signal(SIGQUIT)
        #expect(child.waitForExit() == 0)
        try fixture.remove()
        try other.remove()
    }

    @Test func itStartsNginxAgain() async throws {
        try await withEdge { fixture in
            let host = try fixture.deploy(["index.html": "x"])
            let first = try #require(try Disk.read(EdgeFiles(fixture.folder).pid)).dropLast()
            kill(try #require(pid_t(first)), SIGKILL)
            try await eventually {
                guard let now = try Disk.read(EdgeFiles(fixture.folder).pid), !now.isEmpty else { return false }
                return now.dropLast() != first
            }
            #expect(try fixture.probe.get(host).status == 200)
        }
    }

    @Test func aPortInUseIsOneSentence() async throws {
        let taken = try TakenPort()
        let fixture = try EdgeFixture()
        let configuration = try EdgeConfiguration(
            folder: fixture.folder,
            address: PublicAddress(domain: "caster.test", scheme: "http", edgePort: taken.port, sshPort: 22),
            bind: "127.0.0.1", limits: Limits())
        let edge = Edge(configuration: configuration, logger: fixture.logger)
        #expect(throws: EdgeError.portInUse(taken.port)) { try edge.prepare() }
        #expect("\(EdgeError.portInUse(8080))" == "port 8080 is in use: set CASTER_EDGE_PORT")
        try fixture.remove()
    }

    @Test func onlyOneSupervisesAFolder() async throws {
        try await withEdge { fixture in
            let second = try fixture.edge()
            #expect(throws: EdgeError.alreadyRunning(folder: fixture.folder.edge)) { try second.prepare() }
        }
    }

    @Test func waitingEndsWithTheReasonWhyItNeverListens() async throws {
        let fixture = try EdgeFixture()
        let edge = try fixture.edge()
        try edge.prepare()
        try Disk.write("nonsense;", to: edge.configuration.files.configuration)
        await #expect(throws: EdgeError.self) { try await edge.run() }
        await #expect(throws: EdgeError.self) { try await edge.waitUntilListening() }
        try fixture.remove()
    }

    @Test func theErrorLogIsBounded() throws {
        let fixture = try EdgeFixture()
        var log = ErrorLog(path: EdgeFiles(fixture.folder).errorLog)
        log.limit = 10
        #expect(try !log.rotate())
        try Disk.write("more than ten bytes", to: log.path)
        #expect(try log.rotate())
        #expect(try Disk.read(log.path) == nil)
        #expect(try Disk.read("\(log.path).1") == "more than ten bytes")
        try fixture.remove()
    }

    @Test func theBackOffGrowsAndBeginsAnew() {
        var backOff = BackOff()
        let delays = (1...9).map { _ in backOff.delay(afterRunning: .seconds(1)) }
        #expect(delays.first == .milliseconds(100))
        #expect(delays[1] == .milliseconds(200))
        #expect(delays.last == .seconds(10))
        #expect(backOff.delay(afterRunning: .seconds(31)) == .milliseconds(100))
    }
}
