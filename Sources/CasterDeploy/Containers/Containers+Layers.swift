import CasterCore
import CasterEngine
import CasterStore
import Foundation
import Logging

extension Containers {
    /// The layers that a build made, as its log tells: the last first, since a layer is needed by those above it.
    func layers(of deployment: Deployment) async throws -> [String] {
        let log = try await platform.buildLog(of: deployment.id)
        let ids = log.split(separator: "\n").compactMap { line in
            line.wholeMatch(of: /\ ---> ([0-9a-f]{12,64})/).map { String($0.1) }
        }
        var seen: Set<String> = []
        return ids.suffix(1000).reversed().filter { seen.insert($0).inserted }
    }

    /// Removes what a build left beside its image: the layers of one that failed, and those of a Dockerfile's earlier
    /// stages, which no later build would use. They bear no label, and the site's owner can write to the log that names
    /// them: nothing that has a name, that anything needs, or that is older than the deployment is touched.
    ///
    /// - Parameter time: for what is needed yet, because the engine is still ending the build.
    func remove(layers ids: [String], of deployment: Deployment, within time: Duration) async throws {
        let before = deployment.createdAt.addingTimeInterval(-1)
        let deadline = ContinuousClock.now + time
        var left = ids
        while true {
            var needed: [String] = []
            for id in left {
                guard let layer = try await engine.image(id), layer.isNameless, layer.created > before else { continue }
                if try await !engine.remove(image: id, force: false) { needed.append(id) }
            }
            if needed.isEmpty || .now > deadline { return }
            left = needed
            try await Task.sleep(for: .milliseconds(500))
        }
    }

    /// Forgets the oldest images of a site that are too much together. A rollback to one of them builds it again.
    ///
    /// - Parameter sizes: bytes of the images that there are, by ID.
    func forgetImages(of site: SiteID, sizes: [String: Int]) async throws {
        var total = 0
        for (release, image) in try await platform.store.images(of: site) {
            total += sizes[image] ?? 0
            if total > platform.limits.imageBytes, try await platform.store.forgetRelease(release) {
                logger.info(
                    "a site's images are too large together: the oldest go",
                    metadata: ["site": "\(site.short)", "release": "\(release)"])
            }
        }
    }
}
