import CasterCore

/// What the engine is to build, and within which bounds.
public struct BuildRequest: Sendable {
    public let labels: Labels
    public let site: SiteID
    /// `repository:tag` of the result.
    public let tag: String
    /// Name of the network that `RUN` steps are in.
    public let network: String
    /// Images of this site whose layers may be used again; those of other sites never are.
    public let cache: [String]
    /// Bytes of memory that each step may use, swap included.
    public let memory: Int
    /// Hundredths of one CPU.
    public let cpuPercent: Int
    /// Those that steps may run on, as cpuset(7) lists them; nil for all.
    public let cpus: String?

    public init(
        labels: Labels, site: SiteID, tag: String, network: String, cache: [String], memory: Int, cpuPercent: Int,
        cpus: String?
    ) {
        self.labels = labels
        self.site = site
        self.tag = tag
        self.network = network
        self.cache = cache
        self.memory = memory
        self.cpuPercent = cpuPercent
        self.cpus = cpus
    }

    /// A list of CPUs as cpuset(7) has it, without the first of them; nil if that is the only one, or the list is none.
    public static func allButFirst(ofCPUs list: String) -> String? {
        var ranges = list.split(separator: ",").map(String.init)
        guard let first = ranges.first else { return nil }
        let ends = first.split(separator: "-").map { Int($0) }
        guard let start = ends.first ?? nil, let end = ends.last ?? nil, ends.count <= 2 else { return nil }
        ranges.removeFirst()
        if end > start { ranges.insert(end == start + 1 ? "\(end)" : "\(start + 1)-\(end)", at: 0) }
        return ranges.isEmpty ? nil : ranges.joined(separator: ",")
    }

    /// An eighth of what a container has that serves: neighbours' visitors come first.
    private static let cpuShares = 128

    func query() throws -> [String: String] {
        var query = [
            "t": tag, "labels": try Engine.json(labels.of(site)), "networkmode": network, "rm": "1", "forcerm": "1",
            "memory": String(memory), "memswap": String(memory), "cpushares": String(Self.cpuShares),
            "cpuperiod": "100000", "cpuquota": String(cpuPercent * 1000),
            // Without a source of its own, the engine would take layers from every image that it has.
            "cachefrom": try Engine.json(cache.isEmpty ? [tag] : cache),
        ]
        query["cpusetcpus"] = cpus
        return query
    }
}

/// What a build tells as it goes.
public enum BuildEvent: Sendable, Hashable {
    /// One line of the log, as the engine writes it.
    case line(String)
    /// It is done: `sha256:…`.
    case image(String)
    /// It failed, in the engine's words.
    case failed(String)
}
