import CasterControl
import CasterCore
import CasterEngine
import CasterStore
import Logging
import NIOCore

extension Platform {
    /// Wakes a site's container, as a visit would. Returns once it answers, or after 10 s: then `isDone` is false, and the
    /// wake goes on.
    ///
    /// Throws `Refusal.conflict` if the site has no container, and `.unavailable` with the reason if it cannot be woken.
    public func wakeContainer(of site: Site) async throws -> (environment: SiteEnvironment, isDone: Bool) {
        try await control(site, "start")
    }

    /// Stops a site's container, once the requests under way to it are finished; the next visit wakes it. Returns when it
    /// has ended, or after 10 s: then `isDone` is false, and the stop goes on.
    ///
    /// Throws `Refusal.conflict` if the site has no container, and `.unavailable` with the reason if it cannot be stopped.
    public func stopContainer(of site: Site) async throws -> (environment: SiteEnvironment, isDone: Bool) {
        try await control(site, "stop")
    }

    /// What the container does that visitors of a site see; nil if they see files, or nothing.
    public func containerState(of site: Site) async throws -> SiteEnvironment.ContainerState? {
        guard try await store.liveDeployment(of: site)?.image != nil else { return nil }
        return try await store.containerState(of: site)
    }

    private func control(_ site: Site, _ what: String) async throws -> (environment: SiteEnvironment, isDone: Bool) {
        guard try await store.liveDeployment(of: site)?.image != nil else {
            throw Refusal.conflict("this site has no container: its live deployment has no Dockerfile")
        }
        let answer: String?
        do {
            answer = try await askWorker("\(what) \(site.siteID.hex)", within: .seconds(10))
        } catch let error as SocketError {
            logger.error("the worker does not answer: is it running?", metadata: ["error": "\(error)"])
            throw Refusal.unavailable("containers cannot be reached at the moment: try again in a few seconds")
        }
        if let answer, answer != "done" { throw Refusal.unavailable(answer) }
        guard let found = try await store.siteAndEnvironment(.short(site.siteID.short)) else {
            throw Refusal.notFound("there is no such site among yours")
        }
        return (found.1, answer != nil)
    }

    /// The worker's answer of one line; nil if it takes longer. Throws `SocketError` if it does not listen.
    private func askWorker(_ line: String, within time: Duration) async throws -> String? {
        let path = folder.containerSocket
        let socket = try await BlockingThreads.disk { try ContainerSocket.ask(line, at: path) }
        let channel = try await Self.channel(over: socket)
        return try await withThrowingTaskGroup(of: String?.self) { group in
            group.addTask {
                try await channel.executeThenClose { input, _ in
                    var lines = LineSplitter(limit: 1 << 14)
                    for try await bytes in input {
                        if let line = lines.add(bytes.readableBytesView).first {
                            return String(decoding: line, as: UTF8.self)
                        }
                    }
                    return "the platform is being restarted: try again in a few seconds"
                }
            }
            group.addTask {
                try await Task.sleep(for: time)
                return nil
            }
            defer { group.cancelAll() }
            return try await group.next() ?? nil
        }
    }
}
