import CasterCore
import Glibc

/// The routing table: one symlink per host name in the `hosts` folder, which nginx follows for every request. A deploy
/// is one `rename(2)` of one of them, so a visitor gets the whole old or the whole new release.
///
/// Five kinds of entry, told apart by where they lead:
/// - live: `../sites/<site>/<release>`, a folder;
/// - live in a container: `../sites/<site>/<release>/@<address>:<port>`, or `…/@asleep`, which is no folder;
/// - reserved: `../edge/pages/new`, where there is nothing but a page that says so;
/// - redirect: `../redirect/<scheme>:<host>[:<port>]`, where there is nothing: visitors are sent there;
/// - alias: the name of the entry beside it that it follows.
///
/// Every function blocks for as long as the disk does. Several processes may call them at once, for the same host too:
/// the last rename wins. Names that begin with a dot are temporary.
public struct Routes: Sendable {
    private let folder: DataFolder

    public init(folder: DataFolder) { self.folder = folder }

    private var pages: EdgePages { EdgePages(folder: EdgeFiles(folder).pages) }
    private var reserved: String { relative(pages.newSite) }

    /// Makes the folders and the edge's pages, and removes what a crash left half done more than a minute ago. Nothing
    /// is synced: the same call makes it all again.
    public func prepare() throws(EdgeError) {
        for path in [folder.root, folder.sites, folder.hosts, folder.edge] { try Disk.makeFolder(path) }
        try pages.write()
        for name in try Disk.names(in: folder.hosts) where name.hasPrefix(SymbolicLink.temporaryPrefix) {
            try SymbolicLink.removeIfStale("\(folder.hosts)/\(name)", olderThan: 60)
        }
    }

    /// Gives a host an entry that says that nothing is deployed yet. Whatever it has already, live or not, stays. Durable
    /// on return.
    public func reserve(host: String) throws(EdgeError) {
        let path = try entry(host)
        if symlink(reserved, path) != 0, errno != EEXIST { throw .system(call: "symlink", path: path, code: errno) }
        try Disk.sync(folder.hosts)
    }

    /// Makes `release` what visitors of `host` see from now on: at the rename, before the folder is synced. Durable on
    /// return. `release` is the absolute path of a folder below `sites`, written so that no name which is made now is on
    /// disk without it.
    ///
    /// Throws `.badRelease` for anything else, and then nothing has changed.
    public func switchTo(host: String, release: String) throws(EdgeError) {
        let path = try entry(host)
        guard release.hasPrefix("\(folder.sites)/"), !release.split(separator: "/").contains(".."),
            Disk.isFolder(release)
        else { throw .badRelease(release) }
        try SymbolicLink.put(relative(release), at: path)
        try Disk.sync(folder.hosts)
    }

    /// Makes the container of `release` what visitors of `host` see from now on. Durable on return. `release` is the path
    /// that its folder would have; there is none.
    ///
    /// Throws `.badRelease` for a path that cannot be a release, and then nothing has changed.
    public func switchTo(host: String, release: String, container: ContainerRoute) throws(EdgeError) {
        let path = try entry(host)
        guard release.hasPrefix("\(folder.sites)/"), !release.split(separator: "/").contains("..") else {
            throw .badRelease(release)
        }
        try SymbolicLink.put("\(relative(release))/\(container.text)", at: path)
        try Disk.sync(folder.hosts)
    }

    /// Makes `host` a second name of the site at `target`, which it follows from deploy to deploy; an earlier alias of
    /// that name is replaced. Durable on return.
    ///
    /// Throws `.noSuchHost` if `target` has no entry, and `.taken` if `host` has one of a site's own.
    public func alias(host: String, of target: String) throws(EdgeError) {
        let path = try entry(host)
        guard host != target, try SymbolicLink.target(of: entry(target)) != nil else { throw .noSuchHost(target) }
        try checkIsNoSites(host, path)
        try SymbolicLink.put(target, at: path)
        try Disk.sync(folder.hosts)
    }

    /// Sends the visitors of `host` to the same path at `url`, which is `<scheme>://<host>[:<port>]`; an alias of that name is
    /// replaced. Durable on return.
    ///
    /// Throws `.badHost` if `url` is no such URL, and `.taken` if `host` has an entry of a site's own.
    public func redirect(host: String, to url: String) throws(EdgeError) {
        let path = try entry(host)
        guard url.wholeMatch(of: /https?:\/\/[a-z0-9.-]+(:[0-9]+)?/) != nil else { throw .badHost(url) }
        try checkIsNoSites(host, path)
        try SymbolicLink.put(Self.redirectPrefix + url.replacing("://", with: ":"), at: path)
        try Disk.sync(folder.hosts)
    }

    private static let redirectPrefix = "../redirect/"

    private func checkIsNoSites(_ host: String, _ path: String) throws(EdgeError) {
        guard let existing = try SymbolicLink.target(of: path), !isAlias(existing) else { return }
        guard existing.hasPrefix(Self.redirectPrefix) else { throw .taken(host) }
    }

    /// Removes the host's entry; it may be gone already. Aliases of it lead nowhere then, and visitors are told that there
    /// is no site. Durable on return.
    public func remove(host: String) throws(EdgeError) {
        let path = try entry(host)
        if unlink(path) != 0, errno != ENOENT { throw .system(call: "unlink", path: path, code: errno) }
        try Disk.sync(folder.hosts)
    }

    /// Absolute path of the release that visitors of `host`, a site's own or an alias, see. Nil if that is none: no entry,
    /// nothing deployed, a redirect, or an entry that cannot be read.
    public func current(host: String) -> String? {
        guard let path = try? entry(host), let target = try? SymbolicLink.target(of: path) else { return nil }
        if target == reserved || target.hasPrefix(Self.redirectPrefix) { return nil }
        if isAlias(target) { return target == host ? nil : current(host: target) }
        return "\(folder.root)/\(target.dropFirst(3))"
    }

    /// The container that visitors of `host` see, and the path that its release's folder would have. Nil if they see files,
    /// or nothing.
    public func container(host: String) -> (release: String, route: ContainerRoute)? {
        guard let current = current(host: host), let slash = current.lastIndex(of: "/"),
            let route = ContainerRoute(text: String(current[current.index(after: slash)...]))
        else { return nil }
        return (String(current[..<slash]), route)
    }

    /// The site whose files or container visitors of `host` see. Nil if they see none.
    public func site(host: String) -> SiteID? {
        guard let current = current(host: host), current.hasPrefix("\(folder.sites)/") else { return nil }
        return SiteID(String(current.dropFirst(folder.sites.count + 1).prefix { $0 != "/" }))
    }

    private func isAlias(_ target: String) -> Bool { !target.contains("/") }

    /// As the entries in `hosts` name a path of the data folder, so that the folder can be moved as a whole.
    private func relative(_ path: String) -> String { "..\(path.dropFirst(folder.root.count))" }

    private func entry(_ host: String) throws(EdgeError) -> String {
        let labels = host.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        let isName = labels.allSatisfy { label in
            !label.isEmpty
                && label.allSatisfy {
                    switch $0 {
                    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                        UInt8(ascii: "-"):
                        true
                    default: false
                    }
                }
        }
        guard isName, host.utf8.count <= 253 else { throw .badHost(host) }
        return "\(folder.hosts)/\(host)"
    }
}
