import CasterCore
import Glibc

/// The values that make nginx's one configuration. The same values give the same text, byte for byte.
public struct EdgeConfiguration: Sendable, Hashable {
    public let folder: DataFolder
    public let address: PublicAddress
    public let names: NameSettings
    /// The IP address that nginx listens on; `0.0.0.0` and `::` are all of the machine's.
    public let bind: String
    /// Addresses and blocks whose `X-Forwarded-For` is believed.
    public let trustedProxies: [String]
    public let limits: Limits

    /// Files that a worker can have open: the hard limit of this process, at most 65,536.
    let openFiles: Int
    /// Whether nginx's workers must be told to stay root.
    let isRoot: Bool
    /// Whether nginx has its Lua module, with which it finds containers.
    public let servesContainers: Bool

    /// Throws `EdgeError.setting` for a value that nginx could not work with.
    public init(
        folder: DataFolder, address: PublicAddress, names: NameSettings = NameSettings(), bind: String,
        trustedProxies: [String] = [], limits: Limits
    ) throws(EdgeError) {
        self.folder = folder
        self.address = address
        self.names = names
        self.bind = bind
        self.trustedProxies = trustedProxies
        self.limits = limits
        var files = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &files)
        openFiles = Int(min(files.rlim_max, 65_536))
        isRoot = geteuid() == 0
        servesContainers = Self.canServeContainers
        try check()
    }

    /// Whether nginx on this machine can find containers, if it is started now.
    public static var canServeContainers: Bool { containerModules.allSatisfy { access($0, R_OK) == 0 } }

    /// Where Debian puts the modules, in the order in which they are loaded.
    static let containerModules = ["ndk_http_module.so", "ngx_http_lua_module.so"].map {
        "/usr/lib/nginx/modules/\($0)"
    }

    /// Connections of one worker, each of which may need a second descriptor towards the HTTP front.
    var connections: Int { min(8192, max(256, openFiles / 8)) }
    /// Files that a worker keeps open between requests.
    var cachedFiles: Int { min(16_384, max(256, openFiles - 2 * connections - 64)) }

    /// `bind` and the port as a URL has them.
    var socketAddress: String { socketAddress(port: address.edgePort) }

    func socketAddress(port: Int) -> String { "\(isIPv6 ? "[\(bind)]" : bind):\(port)" }

    /// The ports that nginx listens on.
    var ports: [Int] { [address.edgePort] + (address.tlsPort.map { [$0] } ?? []) }

    var isIPv6: Bool { bind.contains(":") }

    /// The hosts that are the platform itself.
    var platformHosts: [String] {
        var seen: Set<String> = []
        return (platformNames + machineHosts).filter { seen.insert($0).inserted }
    }

    /// Those that the world knows.
    var platformNames: [String] { [address.domain, "console.\(address.domain)"] }

    /// Those that mean this machine, for which nobody issues a certificate.
    var machineHosts: [String] {
        var hosts = ["localhost", "127.0.0.1", "[::1]"]
        if bind != "0.0.0.0", bind != "::" { hosts.append(isIPv6 ? "[\(bind)]" : bind) }
        var seen: Set<String> = []
        return hosts.filter { seen.insert($0).inserted }
    }

    private func check() throws(EdgeError) {
        var parsed = in6_addr()
        guard inet_pton(isIPv6 ? AF_INET6 : AF_INET, bind, &parsed) == 1 else {
            throw .setting(name: "CASTER_BIND", problem: "must be an IP address, not '\(bind)'")
        }
        try check(domain: address.domain, setting: "CASTER_DOMAIN")
        try check(domain: address.sitesDomain, setting: "CASTER_SITES_DOMAIN")
        if case .files(let certificate, let key) = names.tls?.source {
            for (setting, path) in [("CASTER_TLS_CERTIFICATE", certificate), ("CASTER_TLS_KEY", key)] {
                try check(path: path, setting: setting)
                guard access(path, R_OK) == 0 else {
                    throw .setting(
                        name: setting, problem: "cannot be read: \(path): \(String(cString: strerror(errno)))")
                }
            }
        }
        guard names.tls == nil || servesContainers else {
            throw .setting(name: "CASTER_TLS", problem: "needs nginx's Lua module: install libnginx-mod-http-lua")
        }
        try check(path: folder.root, setting: "CASTER_DATA_DIR")
        let room = MemoryLayout.size(ofValue: sockaddr_un().sun_path) - 1
        guard folder.httpSocket.utf8.count <= room else {
            throw .setting(
                name: "CASTER_DATA_DIR",
                problem: "is too long: \(folder.httpSocket) must fit into \(room) bytes, as a unix socket's path")
        }
    }

    private func check(domain: String, setting: String) throws(EdgeError) {
        let isDomain = domain.utf8.allSatisfy {
            UInt8(ascii: "a")...UInt8(ascii: "z") ~= $0 || UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0
                || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".")
        }
        guard isDomain, !domain.isEmpty, !domain.hasPrefix("."), !domain.hasSuffix(".") else {
            throw .setting(name: setting, problem: "must be a host name in lower case, not '\(domain)'")
        }
    }

    /// A path that can stand between quotes.
    private func check(path: String, setting: String) throws(EdgeError) {
        let special: Set<Unicode.Scalar> = ["\"", "\\", "$"]
        guard path.hasPrefix("/"), path.unicodeScalars.allSatisfy({ $0.value > 0x1f && !special.contains($0) }) else {
            throw .setting(
                name: setting, problem: "must be an absolute path without quotes, backslashes or dollar signs")
        }
    }
}
