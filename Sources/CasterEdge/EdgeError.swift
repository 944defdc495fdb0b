import Glibc

/// What the edge cannot do, in one sentence for the operator.
public enum EdgeError: Error, Sendable, Hashable, CustomStringConvertible {
    /// Not a host name that may become an entry of the routing table.
    case badHost(String)
    /// Not a folder below the data folder's `sites` that exists.
    case badRelease(String)
    /// There is no entry of this host to point at.
    case noSuchHost(String)
    /// The host is a site's own, so it cannot become another's name.
    case taken(String)
    /// A setting that nginx could not work with.
    case setting(name: String, problem: String)
    /// A port, and the setting that says it.
    case portInUse(Int, setting: String = "CASTER_EDGE_PORT")
    case portNotAllowed(Int, setting: String = "CASTER_EDGE_PORT")
    case notHere(address: String)
    case noNginx
    /// Another process supervises the nginx of this data folder.
    case alreadyRunning(folder: String)
    /// nginx refused to start; its last words.
    case nginxFailed(String)
    /// A system call failed; `code` is an `errno` value.
    case system(call: String, path: String, code: Int32)

    public var description: String {
        switch self {
        case .badHost(let host): "'\(host)' is not a host name"
        case .badRelease(let path): "\(path) is not a release: it must be an existing folder below the sites folder"
        case .noSuchHost(let host): "there is no route of \(host)"
        case .taken(let host): "\(host) is a site's own address and cannot be another's name"
        case .setting(let name, let problem): "\(name) \(problem)"
        case .portInUse(let port, let setting): "port \(port) is in use: set \(setting)"
        case .portNotAllowed(let port, let setting):
            "port \(port) may not be opened by this user: set \(setting) above 1023, or grant CAP_NET_BIND_SERVICE"
        case .notHere(let address): "this machine does not have the address \(address): set CASTER_BIND"
        case .noNginx: "nginx is not installed: install nginx-light (or nginx) 1.22 or newer"
        case .alreadyRunning(let folder): "another caster is running the edge of \(folder)"
        case .nginxFailed(let words): "nginx does not start: \(words)"
        case .system(let call, let path, let code): "\(call) \(path): \(String(cString: strerror(code)))"
        }
    }
}
