import CasterControl
import CasterCore
import CasterGit
import CasterStore
import Foundation
import Logging

extension Platform {
    /// Records a deployment of `commit` (40 hex digits, in the site's repository) and wakes the worker. Every source of
    /// files ends here. On return it is durable.
    ///
    /// If `main` has moved on to another commit meanwhile, the deployment is `superseded` from the start: the last
    /// commit wins, whatever the order in which two pushes come here.
    public func accept(
        commit: String, of site: Site, from source: DeploymentSource
    ) async throws -> Deployment {
        let path = folder.repo(site.siteID)
        let tree = try await BlockingThreads.disk {
            try Repository(path: path).tree(ofCommit: commit)
        }
        return try await accept(commit, tree: tree, of: site, from: source)
    }

    /// Accepts the commit on `main` if no deployment has it, because whoever pushed it died before it could be announced.
    /// Nil if there is nothing to accept.
    public func acceptMissedPush(to site: Site) async throws -> Deployment? {
        let path = folder.repo(site.siteID)
        guard let tip = try await BlockingThreads.disk({ try Repository.mainTip(path: path) }),
            try await !store.hasDeployment(of: site, commit: tip)
        else { return nil }
        let deployment = try await accept(commit: tip, of: site, from: .push)
        logger.notice(
            "accepted a pushed commit that nobody had announced",
            metadata: ["site": "\(site.siteID.short)", "deployment": "\(deployment.id)"])
        return deployment
    }

    /// The same for a commit whose tree is known.
    func accept(
        _ commit: String, tree: String, of site: Site, from source: DeploymentSource
    ) async throws -> Deployment {
        let path = folder.repo(site.siteID)
        let new = NewDeployment(site: site, commit: commit, tree: tree, source: source)
        return try await accept(new) { try Repository.mainTip(path: path) }
    }

    /// - Parameter tip: see `Store.accept`.
    func accept(_ new: NewDeployment, tip: @escaping @Sendable () throws -> String?) async throws -> Deployment {
        let deployment = try await store.accept(new, at: .now, tip: tip)
        if deployment.status == .live {
            let log = BuildLog(path: folder.log(deployment: deployment.id))
            try await BlockingThreads.disk {
                try log.append(["These files are live already: nothing to build"], limit: .max)
            }
        }
        logger.info(
            "deployment accepted",
            metadata: [
                "deployment": "\(deployment.id)", "site": "\(new.site.siteID.short)", "commit": "\(new.commit)",
                "source": "\(new.source.rawValue)",
            ])
        if deployment.status == .pending { wakeSocket.send(.queue) }
        return deployment
    }

    /// A page of the deployments of a site, newest first.
    public func deployments(of site: Site, page: Page = Page()) async throws -> [Deployment] {
        try await store.deployments(of: site, page: page)
    }

    /// The deployment that visitors of a site see, nil if there is none.
    public func liveDeployment(of site: Site) async throws -> Deployment? {
        try await store.liveDeployment(of: site)
    }

    /// One deployment of a site, with its build log so far.
    ///
    /// Throws `Refusal.notFound` if the site has no such deployment.
    public func deployment(_ id: Int64, of site: Site) async throws -> (deployment: Deployment, buildLog: String) {
        guard let deployment = try await store.deployment(id), deployment.siteID == site.id else {
            throw Refusal.notFound("there is no such deployment of this site")
        }
        return (deployment, try await buildLog(of: id))
    }

    /// The build log so far.
    public func buildLog(of deployment: Int64) async throws -> String {
        let log = BuildLog(path: folder.log(deployment: deployment))
        return try await BlockingThreads.disk { String(decoding: try log.read(from: 0), as: UTF8.self) }
    }

    /// The build log as it is written, from `offset` bytes on, and then how the deployment ended.
    public func follow(_ id: Int64, from offset: Int = 0) -> AsyncThrowingStream<DeploymentEvent, any Error> {
        AsyncThrowingStream { continuation in
            let task = Task {
                do {
                    try await follow(id, from: offset) { continuation.yield($0) }
                    continuation.finish()
                } catch {
                    continuation.finish(throwing: error)
                }
            }
            continuation.onTermination = { _ in task.cancel() }
        }
    }

    private func follow(_ id: Int64, from start: Int, _ yield: (DeploymentEvent) -> Void) async throws {
        let log = BuildLog(path: folder.log(deployment: id))
        var offset = start
        var status: DeploymentStatus?
        var spoke = ContinuousClock.now
        // Subscribed before the first look, so that no change falls between the two.
        var wakes = wakeSocket.wakes(for: .deployment(id)).makeAsyncIterator()
        repeat {
            // The status before the log: once it has ended, the log read afterwards is whole.
            guard let deployment = try await store.deployment(id) else {
                throw Refusal.notFound("the site was deleted")
            }
            let isEnded = deployment.status.isEnded
            if !isEnded, deployment.status != status {
                status = deployment.status
                yield(.moved(deployment.status))
                spoke = .now
            }
            let bytes = try await BlockingThreads.disk { [offset] in try log.read(from: offset) }
            // Whole lines only, until no more can come.
            let end = isEnded ? bytes.count : bytes.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
            if end > 0 {
                offset += end
                yield(.log(String(decoding: bytes.prefix(end), as: UTF8.self), end: offset))
                spoke = .now
            }
            if isEnded {
                yield(.ended(deployment))
                return
            }
            if .now - spoke > .seconds(15) {
                yield(.silence)
                spoke = .now
            }
        } while await wakes.next() != nil
    }
}

/// What happens to a deployment that somebody follows.
public enum DeploymentEvent: Sendable {
    /// It has come to this status, which is no end. One that lasts a moment may be passed over.
    case moved(DeploymentStatus)
    /// Whole lines of the build log, each with its newline, and the number of the log's bytes up to their end.
    case log(String, end: Int)
    /// Nothing else for 15 seconds: a sign of life, and a look at whether the follower is still there.
    case silence
    /// It is `live`, `failed` or `superseded`; nothing comes after.
    case ended(Deployment)
}
