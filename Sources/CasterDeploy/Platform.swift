import CasterControl
import CasterCore
import CasterEdge
import CasterGit
import CasterStore
import Glibc
import Logging

/// What every front calls. Each use case is one function here, whoever asks: SSH, HTTP, or the worker.
public struct Platform: Sendable {
    public let folder: DataFolder
    public let address: PublicAddress
    public let names: NameSettings
    public let limits: Limits
    let store: Store
    let routes: Routes
    let wakeSocket: WakeSocket
    let knownAPIKeys = KnownAPIKeys()
    let logger: Logger

    /// Opens the data folder, creating what is not there yet. Several processes may do so at once.
    ///
    /// Throws `FileError`, `SocketError` or a database error, each with a sentence that names the path.
    public init(
        folder: DataFolder, address: PublicAddress, names: NameSettings = NameSettings(), limits: Limits, logger: Logger
    ) throws {
        self.folder = folder
        self.address = address
        self.names = names
        self.limits = limits
        self.logger = logger
        let subfolders = [
            folder.repos, folder.sites, folder.uploads, folder.logs, folder.keys, folder.edge, folder.run,
            folder.wakeSockets, folder.metricsSockets, folder.certificates, folder.acme, folder.challenges,
        ]
        for path in [folder.root] + subfolders {
            guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw FileError(path: path, code: errno) }
        }
        guard access(folder.root, W_OK | X_OK) == 0 else { throw FileError(path: folder.root, code: errno) }
        store = try Store(path: folder.database)
        routes = Routes(folder: folder)
        try routes.prepare()
        wakeSocket = try WakeSocket(folder: folder.wakeSockets)
    }

    /// Removes the wake-up socket; nothing may be called afterwards.
    public func close() { wakeSocket.close() }

    /// The host under which a site always answers; its entry among the routes is the one that a deploy switches.
    func host(of site: Site) -> String { address.host(label: site.siteID.short) }
}
