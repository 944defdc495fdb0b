import CasterCore
import CasterEngine
import CasterGit
import CasterStore
import Foundation
import Glibc
import Logging
import NIOPosix

/// One Dockerfile build, from the commit to an image.
struct ImageBuild: Sendable {
    let containers: Containers
    let site: Site
    let deployment: Deployment
    let log: DeploymentLog

    private var platform: Platform { containers.platform }
    private var engine: Engine { containers.engine }

    /// Threads that write build contexts: each may wait for the engine for as long as a build takes.
    private static let contextThreads: NIOThreadPool = {
        let pool = NIOThreadPool(numberOfThreads: 16)
        pool.start()
        return pool
    }()

    /// Builds the image. What it prints goes to the log as it comes.
    ///
    /// Throws `Refusal` with stage, cause and what to do if it fails, and `CancellationError` if it is cancelled: then
    /// the engine has ended every process of it.
    func run() async throws -> Engine.Image {
        try await containers.requireEngine()
        try await checkDisk()
        let limits = platform.limits
        let network = try await containers.network(of: site)
        let sources =
            try await platform.store.imageTags(of: site, limit: limits.releasesKept)
            + containers.stageTags(of: site.siteID)
        let request = BuildRequest(
            labels: containers.labels, site: site.siteID, tag: containers.imageName(deployment.imageTag),
            network: network.name, cache: sources.map(containers.imageName), memory: limits.buildMemory,
            cpuPercent: limits.buildCPUPercent, cpus: try Self.cpus())
        let state = BuildState(logLimit: limits.logBytes)
        let outcome: Outcome
        do {
            outcome = try await race(request, state)
        } catch {
            await log.write(state.lines.take())
            throw error
        }
        await log.write(state.lines.take())
        return try await image(of: outcome)
    }

    /// Runs the build beside what watches its limits; whatever ends first ends the others.
    private func race(_ request: BuildRequest, _ state: BuildState) async throws -> Outcome {
        try await withThrowingTaskGroup(of: Outcome?.self) { group in
            group.addTask { try await build(request, state: state) }
            group.addTask { try await limitProcesses(of: state.steps) }
            group.addTask { try await endInTime() }
            group.addTask { try await endOutOfMemory(state) }
            group.addTask { try await endOversized(state) }
            group.addTask {
                try await log.flush(state.lines, every: .milliseconds(50))
                return nil
            }
            defer { group.cancelAll() }
            while let outcome = try await group.next() {
                if let outcome { return outcome }
            }
            return .broken("the engine said nothing about the end of the build")
        }
    }

    private enum Outcome: Sendable {
        case built(String)
        case broken(String)
        /// The engine did not begin: the Dockerfile cannot be read.
        case refused(String)
        /// It was ended for a limit.
        case killed(String)
    }

    private func image(of outcome: Outcome) async throws -> Engine.Image {
        switch outcome {
        case .built(let id):
            guard let image = try await engine.image(id) else {
                throw Refusal.unavailable("building: the image is gone again; push again")
            }
            return image
        case .broken(let message):
            throw Refusal.invalid("building: \(message); the output of the step says why: mend the Dockerfile and push")
        case .refused(let message): throw Refusal.invalid("building: \(message); mend the Dockerfile and push")
        case .killed(let reason):
            throw Refusal.tooLarge("building: killed: \(reason)")
        }
    }

    private func build(_ request: BuildRequest, state: BuildState) async throws -> Outcome {
        let pipe = BodyPipe()
        let writer = writeContext(to: pipe)
        var outcome: Outcome?
        do {
            try await engine.build(request, context: pipe) { event in
                switch event {
                case .line(let line):
                    guard state.add(line) else { throw LogLimitReached() }
                case .image(let id): outcome = .built(id)
                case .failed(let message): outcome = .broken(message.trimmingCharacters(in: .whitespacesAndNewlines))
                }
            }
        } catch is LogLimitReached {
            return .killed(
                "it wrote more than \(Self.size(platform.limits.logBytes)) of log (CASTER_LOG_BYTES); print less")
        } catch EngineError.refused(_, 400..<500, let message) {
            return .refused(message)
        } catch let error where !(error is CancellationError) {
            // If the context could not be written, that is the reason.
            _ = try await writer.value
            throw error
        }
        if case .broken(let message) = outcome, message.hasSuffix(": 137") {
            // Killed. If it was for its memory, the engine is about to say so.
            try await Task.sleep(for: .milliseconds(500))
        }
        if case .built = outcome { _ = try await writer.value }
        return outcome ?? .broken("the engine said nothing about the end of the build")
    }

    private struct LogLimitReached: Error {}

    private func writeContext(to pipe: BodyPipe) -> Task<ContextArchive.Summary, any Error> {
        let path = platform.folder.repo(site.siteID)
        let (tree, limits) = (deployment.tree, platform.limits)
        return Task {
            try await Self.contextThreads.runIfActive {
                do {
                    let repository = try Repository(path: path)
                    let text = try repository.file(".dockerignore", inTree: tree, limit: 1 << 16) ?? ""
                    let rules = IgnoreRules(text)
                    var archive = ContextArchive(
                        repository: repository, limits: limits, looksIntoExcluded: !rules.canSkipFolders
                    ) {
                        // The engine itself needs these two.
                        $0 == "Dockerfile" || $0 == ".dockerignore" || !rules.excludes($0)
                    } sink: {
                        try pipe.write($0)
                    }
                    let summary = try archive.write(tree: tree)
                    pipe.finish()
                    return summary
                } catch {
                    pipe.finish(error)
                    throw error
                }
            }
        }
    }

    private func checkDisk() async throws {
        let folder = try await engine.dataFolder()
        var status = statvfs()
        guard statvfs(folder, &status) == 0 else {
            containers.logger.warning("the engine's folder cannot be looked at", metadata: ["folder": "\(folder)"])
            return
        }
        let free = Int(status.f_bavail) * Int(status.f_frsize)
        guard free >= platform.limits.freeDiskBytes else {
            containers.logger.error(
                "the container engine's disk is nearly full: make room",
                metadata: ["folder": "\(folder)", "free": "\(free)"])
            throw Refusal.unavailable(
                "building: the server has only \(Self.size(free)) of disk left, and a build needs "
                    + "\(Self.size(platform.limits.freeDiskBytes)) (CASTER_FREE_DISK_BYTES): push again when the "
                    + "operator has made room")
        }
    }

    // MARK: Limits

    /// However many processes a step makes, one CPU never has to be waited for. Which there are for the engine it does not
    /// say, and takes no others; but it runs on this machine, and inside the same container if there is one around both.
    private static func cpus() throws -> String? {
        let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
        let line = status.split(separator: "\n").first { $0.hasPrefix("Cpus_allowed_list:") }
        return line?.split(whereSeparator: \.isWhitespace).last.flatMap { BuildRequest.allButFirst(ofCPUs: String($0)) }
    }

    /// The engine takes no such limit for a build, only for a container that there is. The build does not wait for it.
    private func limitProcesses(of steps: AsyncStream<String>) async throws -> Outcome? {
        for await step in steps { try await engine.limitProcesses(platform.limits.buildProcesses, of: step) }
        return nil
    }

    private func endInTime() async throws -> Outcome {
        let seconds = platform.limits.buildSeconds
        try await Task.sleep(for: .seconds(seconds))
        return .killed("it took longer than \(seconds) s (CASTER_BUILD_SECONDS); make it do less")
    }

    private func endOutOfMemory(_ state: BuildState) async throws -> Outcome? {
        let memory = Self.size(platform.limits.buildMemory)
        do {
            try await engine.watchOutOfMemory { container in
                if state.isStep(container) { throw OutOfMemory() }
            }
        } catch is OutOfMemory {
            return .killed("out of memory (\(memory)); make the step need less (CASTER_BUILD_MEMORY)")
        }
        return nil
    }

    private struct OutOfMemory: Error {}

    /// The engine has no limit for what a step writes, so it is looked at now and then.
    private func endOversized(_ state: BuildState) async throws -> Outcome {
        while true {
            try await Task.sleep(for: .seconds(2))
            guard let step = state.step,
                let written = try await engine.status(container: step, size: true)?.writtenBytes
            else { continue }
            if written > platform.limits.buildDiskBytes {
                return .killed(
                    "a step wrote more than \(Self.size(platform.limits.buildDiskBytes)) (CASTER_BUILD_DISK_BYTES)")
            }
        }
    }

    static func size(_ bytes: Int) -> String { bytes < 1 << 20 ? "\(bytes >> 10) KB" : "\(bytes >> 20) MB" }
}
