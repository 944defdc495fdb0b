/// How the outside reaches the platform. Every URL that is printed or returned is made here, and can be pasted as it is.
public struct PublicAddress: Sendable, Hashable {
    /// Sites are `<label>.<domain>`.
    public let domain: String
    /// `http` or `https`.
    public let scheme: String
    /// On which nginx listens.
    public let edgePort: Int
    /// On which visitors reach it: another one if a proxy stands in front.
    public let publicPort: Int
    public let sshPort: Int

    /// - Parameter publicPort: nil if it is `edgePort`.
    public init(domain: String, scheme: String, edgePort: Int, publicPort: Int? = nil, sshPort: Int) {
        self.domain = domain
        self.scheme = scheme
        self.edgePort = edgePort
        self.publicPort = publicPort ?? edgePort
        self.sshPort = sshPort
    }

    /// The host name of a site: the label is its name or its short ID.
    public func host(label: String) -> String { "\(label).\(domain)" }

    /// The site's URL, with the port where it is not the scheme's own.
    public func siteURL(label: String) -> String { "\(scheme)://\(host(label: label))\(portSuffix)" }

    /// Where the console and the API answer, without a path.
    public var consoleURL: String {
        "\(scheme)://\(isLocal ? "localhost" : "console.\(domain)")\(portSuffix)"
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

    private var portSuffix: String {
        publicPort == (scheme == "https" ? 443 : 80) ? "" : ":\(publicPort)"
    }
}
