import CasterCore

/// Where nginx's files are, below the data folder's `edge`.
struct EdgeFiles: Sendable, Hashable {
    private let root: String

    init(_ folder: DataFolder) { root = folder.edge }

    var configuration: String { "\(root)/nginx.conf" }
    /// nginx writes its process number here once it listens, and removes it when it ends.
    var pid: String { "\(root)/nginx.pid" }
    var errorLog: String { "\(root)/error.log" }
    /// What is to be counted of visitors' requests.
    var accessLog: String { "\(root)/traffic.log" }
    /// What was that before, until it is counted.
    var putAsideLog: String { "\(root)/traffic.log.old" }
    /// What nginx says before it has read its configuration.
    var startLog: String { "\(root)/start.log" }
    var pages: String { "\(root)/pages" }
    var temporary: String { "\(root)/tmp" }
    /// Held by the one process that supervises nginx.
    var lock: String { "\(root)/edge.lock" }
}
