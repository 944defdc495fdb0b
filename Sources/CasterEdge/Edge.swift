import CasterCore
import CasterProcess
import Glibc
import Logging
import ServiceLifecycle

/// nginx, kept running: it answers every visitor.
///
/// It is started in the foreground, in a process group of its own, and started again if it ends. If this process is
/// killed, nginx goes on serving; the next start finds it by its pid file and its command line and takes it over, or
/// replaces it if the configuration has changed. An nginx that was not started for this data folder is never touched.
public struct Edge: Service, CustomStringConvertible {
    public let description = "edge"

    public let configuration: EdgeConfiguration
    private let logger: Logger
    private let readiness = Readiness()
    private let lock: EdgeLock

    public init(configuration: EdgeConfiguration, logger: Logger) {
        self.configuration = configuration
        self.logger = logger
        lock = EdgeLock(path: configuration.files.lock)
    }

    /// Writes the configuration and the pages, lets nginx check the configuration, and makes sure that nothing else has
    /// its ports. Blocks for some 20 ms; for up to 5 s if an nginx with another configuration has to finish first.
    ///
    /// Throws `EdgeError` or `SpawnError`, each one sentence. Then nothing has been started.
    public func prepare() throws {
        let files = configuration.files
        try checkCertificate()
        try Routes(folder: configuration.folder).prepare()
        for path in [files.temporary, configuration.folder.certificates, configuration.folder.challenges] {
            try Disk.makeFolder(path)
        }
        try lock.take()
        try AccessLog(folder: configuration.folder).create()

        let program = try NginxProgram(configuration: configuration)
        let running = try RunningNginx(of: files)
        if running == nil {
            try freePort()
            try Disk.remove(configuration.folder.trafficSocket)
        }
        try Disk.write(configuration.text, to: files.configuration)
        try program.test()
        if let running, running.digest != program.digest {
            logger.notice("an nginx with an older configuration is stopped", metadata: ["pid": "\(running.pid)"])
            running.stopAndWait()
            try freePort()
            try Disk.remove(configuration.folder.trafficSocket)
        }
    }

    /// An expired one is shown all the same: it may be replaced at any time.
    private func checkCertificate() throws {
        guard case .files(let certificate, let key) = configuration.names.tls?.source else { return }
        let own = OperatorCertificate(certificate: certificate, key: key)
        try own.check(hosts: configuration.platformNames + [configuration.address.host(label: "0a1b2c3d")])
        if try own.isExpired() {
            logger.warning(
                "the certificate has expired, and visitors are warned of it: renew it",
                metadata: ["file": "\(certificate)"])
        }
    }

    /// Makes sure that nginx can have its ports. No nginx of this data folder runs when this is called.
    private func freePort() throws(EdgeError) {
        let orphans = try OrphanedWorkers.end(hosts: configuration.folder.hosts)
        if orphans > 0 {
            logger.notice("ended nginx workers that had lost their master", metadata: ["count": "\(orphans)"])
        }
        for port in configuration.ports { try ListeningPort.check(port, configuration) }
    }

    /// Returns once nginx listens. Throws what ended `run()` before that, or `CancellationError`.
    public func waitUntilListening() async throws { try await readiness.wait() }

    /// Keeps nginx running until it is shut down; then nginx finishes the requests under way, within 3 seconds, and is
    /// gone on return. Calls `prepare()` if that was not done.
    ///
    /// Throws if nginx cannot be started the first time; afterwards it is tried again, at growing intervals.
    public func run() async throws {
        do {
            if !lock.isTaken { try prepare() }
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await boundAccessLog() }
                try await keepRunning()
                group.cancelAll()
            }
            readiness.settle(.failure(CancellationError()))
        } catch {
            readiness.settle(.failure(error))
            throw error
        }
    }

    /// Whoever counts the requests may be gone: their log must not fill the disk. Returns when it is cancelled.
    private func boundAccessLog() async {
        let log = AccessLog(folder: configuration.folder)
        while !Task.isCancelled {
            do {
                if try log.giveUpTheOldest() {
                    logger.warning(
                        "visitors' requests are not counted, and the oldest are given up: is a worker running?")
                }
            } catch {
                logger.error("the log of visitors' requests cannot be bounded", metadata: ["error": "\(error)"])
            }
            do {
                try await Task.sleep(for: .seconds(10))
            } catch {
                return
            }
        }
    }

    private func keepRunning() async throws {
        let program = try NginxProgram(configuration: configuration)
        var backOff = BackOff()
        while true {
            let started = ContinuousClock.now
            var problem: String
            do {
                let nginx = try await start(program)
                readiness.settle(.success(()))
                let errorLog = ErrorLog(path: configuration.files.errorLog)
                guard try await nginx.hasEndedBeforeShutdown(errorLog: errorLog) else {
                    try await nginx.stop()
                    return
                }
                problem = "ended\(nginx.collect().map { " with status \($0)" } ?? "")"
            } catch let error as EdgeError where readiness.isReady {
                problem = error.description
            }
            let delay = backOff.delay(afterRunning: started.duration(to: .now))
            logger.error(
                "nginx ended and is started again: see its error log",
                metadata: ["problem": "\(problem)", "after": "\(delay)", "log": "\(configuration.files.errorLog)"])
            do {
                try await cancelWhenGracefulShutdown { try await Task.sleep(for: delay) }
            } catch is CancellationError {
                return
            }
        }
    }

    /// Takes over the nginx that runs, or starts one. On return it listens.
    private func start(_ program: NginxProgram) async throws -> RunningNginx {
        let files = configuration.files
        let nginx: RunningNginx
        if let running = try RunningNginx(of: files), running.digest == program.digest {
            nginx = running
            logger.notice("took over the nginx of an earlier start", metadata: ["pid": "\(nginx.pid)"])
        } else {
            // A killed nginx leaves its socket, and could not bind it again.
            try Disk.remove(configuration.folder.trafficSocket)
            nginx = RunningNginx(child: try program.start(), digest: program.digest)
        }
        do {
            let deadline = ContinuousClock.now + .seconds(10)
            while try !nginx.isListening(with: files) {
                guard !nginx.hasEnded else { throw EdgeError.nginxFailed(try program.lastWords() ?? "no reason given") }
                guard ContinuousClock.now < deadline else {
                    throw EdgeError.nginxFailed("it does not listen after 10 s")
                }
                try await Task.sleep(for: .milliseconds(5))
            }
        } catch {
            nginx.kill()
            throw error
        }
        logger.info(
            "nginx listens", metadata: ["address": "\(configuration.socketAddress)", "pid": "\(nginx.pid)"])
        return nginx
    }
}
