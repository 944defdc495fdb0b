/// One change of a site's container and route at a time.
actor SiteLocks {
    private var waiting: [Int64: [CheckedContinuation<Void, Never>]] = [:]

    /// Runs `body` when nobody else's runs for this site (`Site.id`); first come, first served.
    nonisolated func withLock<Result: Sendable>(
        _ site: Int64, _ body: @Sendable () async throws -> Result
    ) async rethrows -> Result {
        await acquire(site)
        do {
            let result = try await body()
            await release(site)
            return result
        } catch {
            await release(site)
            throw error
        }
    }

    private func acquire(_ site: Int64) async {
        guard waiting[site] != nil else {
            waiting[site] = []
            return
        }
        await withCheckedContinuation { waiting[site]!.append($0) }
    }

    private func release(_ site: Int64) {
        guard var queue = waiting[site] else { return }
        if queue.isEmpty {
            waiting[site] = nil
        } else {
            let next = queue.removeFirst()
            waiting[site] = queue
            next.resume()
        }
    }
}
