/// The paths below the data folder. No I/O happens here.
public struct DataFolder: Sendable, Hashable {
    /// Absolute path of the folder that holds everything the platform keeps.
    public let root: String

    public init(root: String) { self.root = root }

    public var database: String { "\(root)/caster.sqlite" }
    /// Bare repositories, one per site.
    public var repos: String { "\(root)/repos" }
    /// One folder per site with its releases.
    public var sites: String { "\(root)/sites" }
    /// The edge's routing table: one symlink per host name.
    public var hosts: String { "\(root)/hosts" }
    /// Archives that are being received or read.
    public var uploads: String { "\(root)/uploads" }
    /// Build logs, one file per deployment.
    public var logs: String { "\(root)/logs" }
    /// SSH host keys, mode 0600.
    public var keys: String { "\(root)/keys" }
    /// What the edge shows to prove who it is: for each host a file `<host>.pem`, for all names below a domain
    /// `_.<domain>.pem`, each with the chain and its key, mode 0600.
    public var certificates: String { "\(root)/certificates" }
    /// The account at the certificate authority, and what it issued.
    public var acme: String { "\(root)/acme" }
    /// What the certificate authority asks the edge for (RFC 8555 §8.3).
    public var challenges: String { "\(root)/challenges" }
    /// nginx's configuration, pages and temporary files.
    public var edge: String { "\(root)/edge" }
    /// Sockets and locks: nothing in it outlives the processes.
    public var run: String { "\(root)/run" }

    public func repo(_ site: SiteID) -> String { "\(repos)/\(site.hex).git" }
    public func site(_ site: SiteID) -> String { "\(sites)/\(site.hex)" }
    public func release(_ id: Int64, of site: SiteID) -> String { "\(sites)/\(site.hex)/\(id)" }
    /// A release while it is written.
    public func unfinishedRelease(_ id: Int64, of site: SiteID) -> String { release(id, of: site) + ".unfinished" }
    public func log(deployment: Int64) -> String { "\(logs)/\(deployment).log" }

    /// Where the HTTP front listens for the edge.
    public var httpSocket: String { "\(run)/http.sock" }
    /// Where the SSH front listens for its git hooks.
    public var hookSocket: String { "\(run)/hook.sock" }
    /// Each running role has one datagram socket in here for wake-ups.
    public var wakeSockets: String { "\(run)/wake" }
    /// Each running role shows in here what it has counted.
    public var metricsSockets: String { "\(run)/metrics" }
    /// Where the worker listens for who needs a container: the edge, and readers of its output.
    public var containerSocket: String { "\(run)/containers.sock" }
    /// Where the edge tells what traffic containers have.
    public var trafficSocket: String { "\(run)/traffic.sock" }
    /// Held by the one worker that may claim deployments.
    public var workerLock: String { "\(run)/worker.lock" }
}
