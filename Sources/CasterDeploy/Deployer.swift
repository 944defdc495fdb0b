import CasterControl
import CasterCore
import CasterEdge
import CasterEngine
import CasterGit
import CasterStore
import Foundation
import Glibc
import Logging

/// Takes one claimed deployment to its end: live or failed. Each step can be repeated, so that what a crash
/// interrupted is simply run again.
struct Deployer: Sendable {
    let platform: Platform
    let deployment: Deployment
    let containers: Containers
    let cancellation: Cancellation
    let logger: Logger

    var log: DeploymentLog { DeploymentLog(platform: platform, deployment: deployment.id, logger: logger) }

    /// - Parameter superseding: deployments that the claim made obsolete; whoever follows them is told.
    func run(superseding superseded: [Int64] = []) async {
        for id in superseded {
            await DeploymentLog(platform: platform, deployment: id, logger: logger)
                .write("Superseded by deployment \(deployment.id), which has a newer commit")
            DeployMetrics.count(.superseded, from: deployment.source)
            platform.wakeSocket.send(.deployment(id))
        }
        var logger = logger
        logger[metadataKey: "deployment"] = "\(deployment.id)"
        do {
            guard let (site, earlier) = try await platform.store.siteWithLiveDeployment(id: deployment.siteID) else {
                // Deleted. Whoever deletes it waits for the end of a switch.
                _ = try await platform.store.move(deployment.id, through: [.failed], at: .now)
                return platform.wakeSocket.send(.deployment(deployment.id))
            }
            logger[metadataKey: "site"] = "\(site.siteID.short)"
            try await deploy(site, replacing: earlier)
            DeployMetrics.count(.live, from: deployment.source)
            logger.info("deployment live")
        } catch {
            await fail(with: error, logger: logger)
        }
        platform.wakeSocket.send(.deployment(deployment.id))
    }

    private func deploy(_ site: Site, replacing earlier: Deployment?) async throws {
        let start = ContinuousClock.now
        var result = Built(image: deployment.image)
        // A release of files may have gone with a power cut that left its status.
        if deployment.status == .building || result.image == nil { result = try await build(site, replacing: earlier) }
        let built = ContinuousClock.now
        if result.image != nil, let current = try await platform.store.deployment(deployment.id) {
            do {
                try await switchToContainer(current, site)
            } catch {
                await tidyLayers(of: site)
                throw error
            }
            // The site's next build waits for that, but no visitor of this one.
            await tidyLayers(of: site)
        } else {
            try await switchToFiles(site, earlier: earlier, remarks: result.remarks)
        }
        DeployMetrics.record(.build, built - start)
        DeployMetrics.record(.switchOver, .now - built)
        if earlier?.image != nil {
            // What it replaces finishes its requests and ends; nobody waits for that.
            Task { await retire(site) }
        }
    }

    /// - Parameter remarks: for the log; visitors do not wait until they are written.
    private func switchToFiles(_ site: Site, earlier: Deployment?, remarks: [String]) async throws {
        let folder = platform.folder
        let host = platform.host(of: site)
        // One transaction for both steps: nothing happens between them.
        let steps: [DeploymentStatus] = [.built, .deploying].filter(deployment.status.isBefore)
        let current = try await platform.store.move(deployment.id, through: steps, at: .now)
        let release = folder.release(current.releaseID ?? current.id, of: site.siteID)
        try await containers.locks.withLock(site.id) {
            try await BlockingThreads.disk { [routes = platform.routes] in
                try routes.switchTo(host: host, release: release)
            }
            await log.write(remarks)
            _ = try await platform.store.move(current.id, through: [.live], at: .now)
            if earlier?.image != nil { try await platform.store.setContainerState(.stopped, of: site) }
        }
    }

    /// What the files of a commit ask for, and what came of it.
    private enum Content: Sendable {
        case dockerfile
        /// There is a release of these files already.
        case unchanged
        case release(ReleaseSummary)
    }

    private struct Built: Sendable {
        /// The image's ID, nil for files.
        var image: String?
        /// What the log is to say about it.
        var remarks: [String] = []
    }

    /// Makes the release or the image, unless there is one of the same files.
    private func build(_ site: Site, replacing earlier: Deployment?) async throws -> Built {
        switch try await writeRelease(of: site, after: earlier) {
        case .dockerfile: return Built(image: try await buildImage(site))
        case .unchanged:
            guard let id = deployment.releaseID, id != deployment.id else { return Built() }
            return Built(remarks: ["Release \(id) has these files already: nothing to build"])
        case .release(let summary):
            var remarks = summary.submodules.prefix(20).map { path in
                "Skipped the submodule \(path.quoted): its files are not in this repository"
            }
            if summary.submodules.count > 20 {
                let more = summary.submodules.count - 20
                remarks.append("Skipped \(more) more submodule\(more == 1 ? "" : "s")")
            }
            let new = summary.files - summary.unchanged
            remarks.append(
                "Static site: \(summary.files) file\(summary.files == 1 ? "" : "s"), \(new) new or changed")
            return Built(remarks: remarks)
        }
    }

    /// Opens the repository once, and stays on one thread: this is on the way of every push.
    private func writeRelease(of site: Site, after earlier: Deployment?) async throws -> Content {
        let (folder, limits, cancellation) = (platform.folder, platform.limits, cancellation)
        let deployment = deployment
        return try await BlockingThreads.disk {
            let repository = try Repository(path: folder.repo(site.siteID))
            if try repository.hasFile("Dockerfile", inTree: deployment.tree) { return .dockerfile }
            let release = folder.release(deployment.releaseID ?? deployment.id, of: site.siteID)
            // Also one that a worker finished and did not live to record.
            if access(release, F_OK) == 0 { return .unchanged }
            let parent = folder.site(site.siteID)
            guard mkdir(parent, 0o700) == 0 || errno == EEXIST else { throw FileError(path: parent, code: errno) }
            let unfinished = folder.unfinishedRelease(deployment.releaseID ?? deployment.id, of: site.siteID)
            try removeFolder(unfinished)  // what a crash left of an earlier try
            let writer = ReleaseWriter(repository: repository, limits: limits) { cancellation.isCancelled }
            let previous = earlier.flatMap { earlier in
                earlier.releaseID.map { release in
                    ReleaseWriter.Previous(tree: earlier.tree, folder: folder.release(release, of: site.siteID))
                }
            }
            do {
                let summary = try writer.write(tree: deployment.tree, to: unfinished, previous: previous)
                // What has a release's name is complete, whatever happens.
                guard rename(unfinished, release) == 0 else { throw FileError(path: release, code: errno) }
                return .release(summary)
            } catch {
                try removeFolder(unfinished)
                throw error
            }
        }
    }

    /// The log first, then the status: whoever sees that it has ended finds the reason.
    private func fail(with error: any Error, logger: Logger) async {
        let reason: String
        switch error {
        case is IllegalMove, is CancellationError:
            // Whoever deleted the site has ended it.
            return logger.info("a deployment was cancelled", metadata: ["reason": "\(error)"])
        case is WorkerStopping:
            await log.write("The platform is stopping: this goes on when it is started again")
            return logger.notice("a deployment is left to the next worker")
        case let overtaken as Overtaken:
            return await giveWay(to: overtaken.by, logger: logger)
        case let refusal as Refusal:
            reason = refusal.sentence
            logger.info("deployment failed", metadata: ["reason": "\(reason)"])
        case let error as EngineError where error.isUnreachable:
            reason = "the container engine stopped answering: push again when the operator has looked after it"
            logger.error("a deployment failed because the container engine is gone", metadata: ["error": "\(error)"])
        case let error where Platform.isDiskFull(error):
            reason = "the server's disk is full; push again when the operator has made room"
            logger.error("a deployment failed because the disk is full: make room", metadata: ["error": "\(error)"])
        default:
            reason = "the platform itself failed, not your site; push again, and tell the operator if it stays so"
            logger.error("a deployment failed for a reason inside the platform", metadata: ["error": "\(error)"])
        }
        await log.write(["Failed: \(reason)"], limit: .max, wakes: false)
        do {
            let ended = try await platform.store.move(deployment.id, through: [.failed], at: .now)
            // An image that did not become healthy takes no good one's place among those that are kept.
            if ended.image != nil, ended.releaseID == ended.id { _ = try await platform.store.forgetRelease(ended.id) }
            DeployMetrics.count(.failed, from: deployment.source)
        } catch {
            // It stays in progress; the next worker takes it up.
            logger.error("a failed deployment cannot be recorded as such", metadata: ["error": "\(error)"])
        }
    }
}
