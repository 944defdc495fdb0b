import CasterCore
import CasterEdge
import CasterStore
import Foundation
import Logging

/// Counts visitors' requests from the edge's log: every 2 s what was written since.
struct TrafficCounter: Sendable {
    let platform: Platform
    let logger: Logger

    private var log: AccessLog { AccessLog(folder: platform.folder) }

    /// Counts until it is cancelled.
    func run() async throws {
        var reopened: ContinuousClock.Instant?
        while true {
            do {
                let taken = try await countAll()
                reopened = try await makeRoom(taken: taken, since: reopened)
            } catch is CancellationError {
                return
            } catch {
                logger.error(
                    "visitors' requests cannot be counted: trying again in 2 s", metadata: ["error": "\(error)"])
            }
            do {
                try await Task.sleep(for: .seconds(2))
            } catch {
                return
            }
        }
    }

    /// Returns how much of each file is counted.
    private func countAll() async throws -> [String: Int] {
        var taken = try await platform.store.countedTraffic()
        while let part = try await BlockingThreads.disk({ [log, taken] in try log.next(after: taken) }) {
            let batch = try await BlockingThreads.disk { [routes = platform.routes] in
                Self.batch(of: part.lines, routes: routes)
            }
            try await platform.store.count(batch, of: part.file, end: part.end)
            taken[part.file] = part.end
        }
        return taken
    }

    private static func batch(of lines: [AccessLine], routes: Routes) -> TrafficBatch {
        var batch = TrafficBatch()
        var sites: [String: SiteID?] = [:]
        for line in lines {
            let known = sites[line.host]
            let site = known ?? routes.site(host: line.host)
            if known == nil { sites[line.host] = .some(site) }
            guard let site else { continue }
            batch.add(
                site: site, at: line.time, status: line.status, bytes: line.bytes, milliseconds: line.milliseconds,
                path: line.path)
        }
        return batch
    }

    /// Puts the log aside when it is large, and removes it some time after nginx has opened a new one. Returns when nginx
    /// was told to, as long as that matters.
    private func makeRoom(
        taken: [String: Int], since reopened: ContinuousClock.Instant?
    ) async throws -> ContinuousClock.Instant? {
        guard try await BlockingThreads.disk({ [log] in log.isOnePutAside }) else {
            return try await BlockingThreads.disk { [log] in try log.putAsideIfLarge() } ? .now : nil
        }
        guard let reopened else {
            // An earlier worker may have died before it could say so.
            try await BlockingThreads.disk { [log] in try log.reopen() }
            return .now
        }
        guard .now - reopened > .seconds(5) else { return reopened }
        let names = try await BlockingThreads.disk { [log] in try log.names() }
        try await platform.store.forgetTrafficFiles(except: names)
        try await BlockingThreads.disk { [log] in try log.removePutAside(taken: taken) }
        return nil
    }
}
