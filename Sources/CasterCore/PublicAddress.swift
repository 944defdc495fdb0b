/// How the outside reaches the platform. Every URL that is printed or returned is made here, and can be pasted as it is.
public struct PublicAddress: Sendable, Hashable {
    /// The console is `console.<domain>`.
    public let domain: String
    /// Sites are `<label>.<sitesDomain>`: the same as `domain`, or one that has nothing to do with it.
    public let sitesDomain: String
    /// `http` or `https`.
    public let scheme: String
    /// On which nginx listens for http.
    public let edgePort: Int
    /// On which nginx listens for https; nil if it does not.
    public let tlsPort: Int?
    /// On which visitors reach it: another one if a proxy stands in front.
    public let publicPort: Int
    public let sshPort: Int

    /// - Parameters:
    ///   - sitesDomain: nil if it is `domain`.
    ///   - publicPort: nil if it is `tlsPort`, or else `edgePort`.
    public init(
        domain: String, sitesDomain: String? = nil, scheme: String, edgePort: Int, tlsPort: Int? = nil,
        publicPort: Int? = nil, sshPort: Int
    ) {
        self.domain = domain
        self.sitesDomain = sitesDomain ?? domain
        self.scheme = scheme
        self.edgePort = edgePort
        self.tlsPort = tlsPort
        self.publicPort = publicPort ?? tlsPort ?? edgePort
        self.sshPort = sshPort
    }

    /// The host name of a site: the label is its name or its short ID.
    public func host(label: String) -> String { "\(label).\(sitesDomain)" }

    /// The short ID or the name in front of the sites' domain; nil for any other host.
    public func label(ofHost host: String) -> String? {
        host.hasSuffix(".\(sitesDomain)") ? String(host.dropLast(sitesDomain.count + 1)) : nil
    }

    /// The site's URL, with the port where it is not the scheme's own.
    public func siteURL(label: String) -> String { "\(scheme)://\(host(label: label))\(portSuffix)" }

    /// The URL of a host that has no certificate of its own unless `isSecure`.
    public func url(host: String, isSecure: Bool) -> String {
        if isSecure || tlsPort == nil { return "\(scheme)://\(host)\(portSuffix)" }
        return "http://\(host)\(edgePort == 80 ? "" : ":\(edgePort)")"
    }

    /// Where the console and the API answer, without a path.
    public var consoleURL: String {
        "\(scheme)://\(isLocal && tlsPort == nil ? "localhost" : "console.\(domain)")\(portSuffix)"
    }

    /// The host that people name in SSH commands. A resolver may not know names below `localhost`, so those are
    /// shortened.
    public var sshHost: String { isLocal ? "localhost" : "git.\(domain)" }

    /// What `git remote add` takes, in the scp form where SSH listens on port 22.
    public func gitURL(_ site: SiteID) -> String { gitURL(short: site.short) }

    /// The same for a short ID, or for what stands for one in an example.
    public func gitURL(short: String) -> String {
        sshPort == 22 ? "git@\(sshHost):\(short).git" : "ssh://git@\(sshHost):\(sshPort)/\(short).git"
    }

    /// What a person types to reach the SSH server, without a command.
    public var sshCommand: String { "ssh\(sshPort == 22 ? "" : " -p \(sshPort)") git@\(sshHost)" }

    private var isLocal: Bool { domain == "localhost" || domain.hasSuffix(".localhost") }

    /// What follows the host in a URL: nothing, or a colon and the port.
    public var portSuffix: String {
        publicPort == (scheme == "https" ? 443 : 80) ? "" : ":\(publicPort)"
    }
}
