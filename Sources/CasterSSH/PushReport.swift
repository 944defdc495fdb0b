import CasterControl
import CasterCore
import CasterDeploy
import Logging
import ServiceLifecycle

/// One push, from the refs that it moved to the answer that the person who pushed reads.
struct PushReport: Sendable {
    let push: Push
    let platform: Platform
    let logger: Logger
    let answer: HookAnswer

    /// Deploys what was pushed to `main`, and says so; says why the rest is not deployed.
    ///
    /// Throws when the client has left. A deployment that was accepted goes on.
    func run(_ updates: [RefUpdate], heartbeat: Duration) async throws {
        // Accepted before a word is written: a client that leaves now has pushed nevertheless.
        if let main = updates.last(where: { $0.ref == "refs/heads/main" }), !main.isDeletion {
            let beside = updates.filter { $0.ref != main.ref }
            try await deploy(main.new, beside: NotDeployed.text(beside: beside), heartbeat: heartbeat)
        } else if let text = NotDeployed.text(for: updates, remote: platform.address.gitURL(push.site.siteID)) {
            try await answer.write(text)
        }
    }

    /// - Parameter beside: what is said of the other refs of the push.
    private func deploy(_ commit: String, beside: String?, heartbeat: Duration) async throws {
        let deployment: Deployment
        do {
            deployment = try await platform.accept(commit: commit, of: push.site, from: .push)
        } catch {
            if let refusal = error as? Refusal {
                try await answer.write("Your commit is stored, but it was not deployed: \(refusal.sentence)\n")
                return
            }
            logger.error(
                "a pushed commit could not be accepted; the next push looks for it again, and the worker when it is started",
                metadata: ["site": "\(push.site.siteID.short)", "commit": "\(commit)", "error": "\(error)"])
            try await answer.write(
                """
                Your commit is stored, but nothing was deployed: the platform failed, not your site.
                Push again in a moment: the same command deploys what is stored.

                """)
            return
        }
        if let beside { try await answer.write(beside) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await answer.keepAlive(every: heartbeat) {
                    "still building (\(Elapsed.text(since: push.start)))…\n"
                }
            }
            group.addTask {
                try await gracefulShutdown()
                try await Task.sleep(for: SSHServer.grace - .seconds(1))
                try await answer.write(
                    "The platform is stopping; deployment \(deployment.id) goes on when it is started again.\n")
            }
            group.addTask { try await follow(deployment) }
            try await group.next()
            group.cancelAll()
        }
    }

    private func follow(_ deployment: Deployment) async throws {
        do {
            for try await event in platform.follow(deployment.id) {
                switch event {
                case .moved, .silence: break
                case .log(let lines, _): try await answer.write(TerminalText.clean(lines))
                case .ended(let deployment): try await answer.write(try await end(of: deployment))
                }
            }
        } catch let refusal as Refusal {
            try await answer.write("Deployment \(deployment.id) cannot be followed any more: \(refusal.sentence)\n")
        }
    }

    private func end(of deployment: Deployment) async throws -> String {
        let url = platform.address.siteURL(label: push.site.label)
        switch deployment.status {
        case .live:
            return "Live in \(Elapsed.text(since: push.start)) (deployment \(deployment.id)): \(url)\n"
        case .superseded:
            let newer = deployment.supersededBy.map { "deployment \($0), which is newer" } ?? "a newer one"
            return "Deployment \(deployment.id) gave way to \(newer): \(url)\n"
        default:
            let isLive = try await platform.liveDeployment(of: push.site) != nil
            return """
                Deployment \(deployment.id) failed; the reason is above. Your commit is stored.
                \(isLive ? "The earlier version is still live: \(url)" : "Nothing is live yet at \(url)")

                """
        }
    }
}
