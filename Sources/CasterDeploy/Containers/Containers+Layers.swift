import CasterCore
import CasterEngine
import CasterStore
import Foundation
import Logging

extension Containers {
    /// The layers that a build made, as its log tells: the last first, since a layer is needed by those above it.
    func layers(of deployment: Deployment) async throws -> [String] {
        let log = try await platform.buildLog(of: deployment.id)
        let ids = log.split(separator: "\n").compactMap { BuildState.id(in: $0, after: " ---> ") }
        var seen: Set<String> = []
        return ids.suffix(1000).reversed().filter { seen.insert($0).inserted }
    }

    /// Removes what a build left beside its image: the layers of one that failed, and those of a Dockerfile's earlier
    /// stages that are not kept. They bear no label, and the site's owner can write to the log that names
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

    /// Names under which the ends of a Dockerfile's earlier stages are kept, for the site's next build: the engine takes
    /// only layers again that lead to an image which is named to it.
    func stageTags(of site: SiteID) -> [String] { (1...4).map { "\(site.short)-stage\($0)" } }

    /// Keeps what a build made in its earlier stages, in place of what an earlier one did: the last four stages at most,
    /// and no more bytes than a site's images may have. As with `remove(layers:of:within:)`, the log names them; nobody
    /// else's image is taken.
    func keepStages(of deployment: Deployment, _ site: Site) async throws {
        let ends = Self.stageEnds(in: try await platform.buildLog(of: deployment.id))
        if ends.isEmpty { return }
        let tags = stageTags(of: site.siteID)
        let own = Set(tags.map(imageName))
        let before = deployment.createdAt.addingTimeInterval(-1)
        var bytes = 0
        for (tag, end) in zip(tags, ends.suffix(tags.count)) {
            guard let image = try await engine.image(end), own.isSuperset(of: image.names),
                !image.names.isEmpty || (image.isNameless && image.created > before)
            else { continue }
            bytes += image.size
            if bytes > platform.limits.imageBytes { return }
            let former = try await engine.image(imageName(tag))
            if former?.id == image.id { continue }
            try await engine.name(image: image.id, repository: repository, tag: tag)
            if let former { _ = try await engine.remove(image: former.id, force: false) }
        }
    }

    /// IDs of the last layers of all stages but the last one.
    static func stageEnds(in log: String) -> [String] {
        var ends: [String] = []
        var latest: String?
        for line in log.split(separator: "\n") {
            if line.hasPrefix("Step "), line.prefixMatch(of: #/Step \d+/\d+ : FROM /#.ignoresCase()) != nil {
                if let latest { ends.append(latest) }
                latest = nil
            } else if let layer = BuildState.id(in: line, after: " ---> ") {
                latest = layer
            }
        }
        return ends
    }

    /// Removes what is kept of the stages of sites that have no image any more.
    func removeStages() async throws {
        for tag in try await engine.tags(inRepository: repository) {
            guard let end = tag.range(of: "-stage"), let short = SiteIdentifier(String(tag[..<end.lowerBound])) else {
                continue
            }
            if let site = try await platform.store.site(answering: short),
                try await !platform.store.imagesNeeded(by: site.siteID).isEmpty
            {
                continue
            }
            _ = try await engine.remove(image: imageName(tag), force: false)
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
