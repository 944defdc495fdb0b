import CasterCore

/// One setting as people know it: its name, which is its environment variable, its default and what it does. This is
/// the only list of them: `caster --help` prints it, `Settings` reads by it.
struct Setting: Sendable {
    let name: String
    let standard: String
    let meaning: String

    static let dataDir = Setting("CASTER_DATA_DIR", "./.caster", "folder that holds everything the platform keeps")
    static let domain = Setting("CASTER_DOMAIN", "caster.localhost", "sites answer at <short id or name>.<domain>")
    static let edgePort = Setting("CASTER_EDGE_PORT", "8080", "port on which nginx answers visitors and the API")
    static let sshPort = Setting("CASTER_SSH_PORT", "2222", "port on which git pushes arrive")
    static let bind = Setting("CASTER_BIND", "127.0.0.1", "address that both ports are bound to")
    static let scheme = Setting(
        "CASTER_PUBLIC_URL_SCHEME", "http", "http or https, in the URLs that are printed; https with CASTER_TLS")
    static let publicPort = Setting(
        "CASTER_PUBLIC_PORT", "edge", "port in the URLs that are printed; edge: CASTER_TLS_PORT or CASTER_EDGE_PORT")
    static let trustedProxies = Setting(
        "CASTER_TRUSTED_PROXIES", "none", "addresses and blocks, with commas, whose X-Forwarded-For names the visitor")
    static let sitesDomain = Setting(
        "CASTER_SITES_DOMAIN", "same", "sites answer below this domain; same: below CASTER_DOMAIN")
    static let addresses = Setting(
        "CASTER_PUBLIC_ADDRESSES", "none", "IP addresses, with commas, at which the world reaches the edge")
    static let resolver = Setting(
        "CASTER_DNS_RESOLVER", "system", "host[:port] of the resolver that is asked for custom domains")
    static let dns = Setting(
        "CASTER_DNS", "none", "rfc2136: DNS records of sites are written by dynamic update; none: others do")
    static let dnsServer = Setting("CASTER_DNS_SERVER", "none", "host[:port] of the zone's primary server")
    static let dnsZone = Setting("CASTER_DNS_ZONE", "sites", "zone of the records; sites: the domain of the sites")
    static let dnsKeyFile = Setting("CASTER_DNS_KEY_FILE", "none", "file with the TSIG key, as tsig-keygen writes it")
    static let dnsTTL = Setting("CASTER_DNS_TTL", "300", "seconds for which others may keep a record")
    static let dnsTarget = Setting(
        "CASTER_DNS_TARGET", "addresses", "host that sites' CNAME records name; addresses: A and AAAA instead")
    static let tls = Setting(
        "CASTER_TLS", "off", "files: https with your certificate; acme: with those of an authority; off: http only")
    static let tlsPort = Setting("CASTER_TLS_PORT", "8443", "port on which nginx answers https")
    static let tlsCertificate = Setting("CASTER_TLS_CERTIFICATE", "none", "PEM file with the certificate and its chain")
    static let tlsKey = Setting("CASTER_TLS_KEY", "none", "PEM file with its key")
    static let acmeDirectory = Setting(
        "CASTER_ACME_DIRECTORY", "https://acme-v02.api.letsencrypt.org/directory", "URL of the certificate authority")
    static let acmeEmail = Setting("CASTER_ACME_EMAIL", "none", "where the authority writes to")
    static let acmeTerms = Setting("CASTER_ACME_ACCEPT_TERMS", "no", "yes: you accept the authority's terms")
    static let acmeAuthorities = Setting(
        "CASTER_ACME_CA", "system", "PEM file with the roots that the directory's own certificate is judged by")
    static let acmePropagation = Setting(
        "CASTER_ACME_PROPAGATION", "wait", "wait: until all the zone's servers have a record; skip: no waiting")

    static let hooksDir = Setting("CASTER_HOOKS_DIR", "./hooks", "the one installed copy of the git hooks")
    static let logLevel = Setting("CASTER_LOG_LEVEL", "notice", "trace, debug, info, notice, warning or error")

    static let engine = Setting(
        "DOCKER_HOST", "unix:///var/run/docker.sock", "the container engine that builds and runs Dockerfiles")
    static let subnets = Setting(
        "CASTER_CONTAINER_SUBNETS", "10.213.0.0/16", "addresses of sites' networks, 16 for each site")
    static let healthPath = Setting("CASTER_HEALTH_PATH", "/", "what a new container must answer with 200")
    static let firewall = Setting(
        "CASTER_CONTAINER_FIREWALL", "on", "on: iptables rules keep containers from this machine; off: others do")

    static let general = [
        dataDir, domain, edgePort, sshPort, bind, scheme, publicPort, trustedProxies, hooksDir, logLevel, engine,
        subnets, healthPath, firewall, sitesDomain, addresses, resolver, dns, dnsServer, dnsZone, dnsKeyFile, dnsTTL,
        dnsTarget, tls, tlsPort, tlsCertificate, tlsKey, acmeDirectory, acmeEmail, acmeTerms, acmeAuthorities,
        acmePropagation,
    ]

    /// Whole numbers, each a limit: above zero, where zero has no meaning of its own.
    static var limits: [(setting: Setting, field: WritableKeyPath<Limits, Int>)] {
        [
            limit("SSH_AUTH_TIMEOUT", \.sshAuthTimeout, "seconds that a client has to authenticate over SSH"),
            limit(
                "SSH_AUTH_ATTEMPTS", \.sshAuthAttempts,
                "authentication requests on one connection, offered keys included"),
            limit("SSH_CONNECTIONS", \.sshConnections, "SSH connections at one time"),
            limit("SSH_CONNECTIONS_PER_ADDRESS", \.sshConnectionsPerAddress, "the same from one address"),
            limit("SSH_IDLE_TIMEOUT", \.sshIdleTimeout, "seconds without a byte after which a connection is closed"),
            limit("PACK_BYTES", \.packBytes, "bytes of one push"),
            limit(
                "GIT_ALLOC_BYTES", \.gitAllocBytes, "bytes that git may allocate at once: the largest file of a push"),
            limit("RELEASE_ENTRIES", \.releaseEntries, "files and folders of one site"),
            limit("RELEASE_BYTES", \.releaseBytes, "bytes of all files of one site"),
            limit("RELEASES_KEPT", \.releasesKept, "releases kept of each site, the live one included"),
            limit("RELEASE_GRACE", \.releaseGrace, "seconds that a replaced release is kept in any case"),
            limit("BUILDS", \.builds, "sites built at the same time"),
            limit("LOG_BYTES", \.logBytes, "bytes of one build log"),
            limit("BUILD_MEMORY", \.buildMemory, "bytes of memory that a step of a Dockerfile build may use"),
            limit("BUILD_CPU_PERCENT", \.buildCPUPercent, "hundredths of one CPU that a build may use"),
            limit("BUILD_PROCESSES", \.buildProcesses, "processes and threads of a step of a build"),
            limit("BUILD_SECONDS", \.buildSeconds, "seconds that a build may take"),
            limit("BUILD_DISK_BYTES", \.buildDiskBytes, "bytes that a step of a build may write"),
            limit("IMAGE_BYTES", \.imageBytes, "bytes of one site's images, shared layers counted in each"),
            limit("FREE_DISK_BYTES", \.freeDiskBytes, "bytes that must be free before a build begins"),
            limit("CONTAINER_MEMORY", \.containerMemory, "bytes of memory of one site's container"),
            limit("CONTAINER_CPU_PERCENT", \.containerCPUPercent, "hundredths of one CPU that it may use"),
            limit("CONTAINER_PROCESSES", \.containerProcesses, "its processes and threads"),
            limit("CONTAINER_DISK_BYTES", \.containerDiskBytes, "bytes that it may write to its own disk"),
            limit("CONTAINER_LOG_BYTES", \.containerLogBytes, "bytes that are kept of what it prints"),
            limit("CONTAINER_REQUEST_BYTES", \.containerRequestBytes, "bytes of one request's body to it"),
            limit("HEALTH_SECONDS", \.healthSeconds, "seconds that a new container has to answer its health check"),
            limit("HEALTH_INTERVAL", \.healthInterval, "milliseconds between two health checks"),
            limit("DRAIN_SECONDS", \.drainSeconds, "seconds that requests to an old container have to finish"),
            limit("STOP_SECONDS", \.stopSeconds, "seconds that a container has to end before it is killed"),
            limit("SLEEP_AFTER", \.sleepAfter, "seconds without a visitor until a container is stopped; 0: never"),
            limit("WAKE_SECONDS", \.wakeSeconds, "seconds that a request waits for a container to wake"),
            limit("LOG_LINES", \.logLines, "lines of a container's output that are shown from its end"),
            limit("REQUEST_BYTES", \.requestBytes, "bytes of a JSON request body"),
            limit("UPLOAD_FILES", \.uploadFiles, "files of one upload or paste"),
            limit("UPLOAD_FILE_BYTES", \.uploadFileBytes, "bytes of one file of an upload or paste"),
            limit("UPLOAD_BYTES", \.uploadBytes, "bytes of all files of one upload or paste, unpacked"),
            limit("ARCHIVE_BYTES", \.archiveBytes, "bytes of one uploaded archive, as it is sent"),
            limit("ARCHIVE_RATIO", \.archiveRatio, "times its own size that an archive may unpack to"),
            limit("API_KEYS_PER_USER", \.apiKeysPerUser, "API keys of one account"),
            limit("LOGIN_FAILURES_PER_ACCOUNT", \.loginFailuresPerAccount, "failed logins within 15 minutes"),
            limit("LOGIN_FAILURES_PER_ADDRESS", \.loginFailuresPerAddress, "the same from one address"),
            limit("ANONYMOUS_DEPLOYS_PER_HOUR", \.anonymousDeploysPerHour, "deploys without an account, per address"),
            limit("ANONYMOUS_LIFETIME", \.anonymousLifetime, "seconds until an unclaimed anonymous site expires"),
            limit("NAME_QUARANTINE_DAYS", \.nameQuarantineDays, "days for which a freed name is kept from others"),
            limit("DOMAINS_PER_SITE", \.domainsPerSite, "custom domains of one site"),
            limit("ACME_ORDERS_PER_HOUR", \.acmeOrdersPerHour, "certificates ordered within an hour, for all names"),
            limit("FILE_READ_BYTES", \.fileReadBytes, "bytes of all contents in one answer with several files"),
            limit("MCP_SESSIONS", \.mcpSessions, "MCP sessions at one time"),
            limit("MCP_SESSIONS_PER_USER", \.mcpSessionsPerUser, "the same of one account; the idlest gives way"),
            limit("MCP_SESSION_LIFETIME", \.mcpSessionLifetime, "seconds until an idle MCP session ends"),
            limit("MCP_STREAMS_PER_USER", \.mcpStreamsPerUser, "open streams of the MCP sessions of one account"),
            limit("MCP_DEPLOY_TIMEOUT", \.mcpDeployTimeout, "seconds that an MCP tool waits for its deployment"),
            limit("MCP_BATCH", \.mcpBatch, "requests in one JSON-RPC batch"),
            limit("SESSION_LIFETIME", \.sessionLifetime, "seconds after which one must sign in to the console again"),
            limit(
                "SESSION_IDLE_TIMEOUT", \.sessionIdleTimeout, "seconds without a request until a browser is signed out"),
            limit("SESSIONS_PER_USER", \.sessionsPerUser, "browsers in which one account is signed in"),
            limit("OAUTH_ACCESS_LIFETIME", \.oauthAccessLifetime, "seconds for which an OAuth access token is good"),
            limit("OAUTH_REFRESH_LIFETIME", \.oauthRefreshLifetime, "the same of a refresh token"),
            limit("OAUTH_CODE_LIFETIME", \.oauthCodeLifetime, "the same of an authorization code"),
            limit("CLIENT_METADATA_BYTES", \.clientMetadataBytes, "bytes of a document that describes an OAuth client"),
            limit(
                "OAUTH_REGISTRATIONS_PER_HOUR", \.oauthRegistrationsPerHour,
                "OAuth clients that register themselves, per address"),
            limit("SSH_KEYS_PER_USER", \.sshKeysPerUser, "SSH keys of one account"),
        ]
    }

    static var all: [Setting] { general + limits.map(\.setting) }

    init(_ name: String, _ standard: String, _ meaning: String) {
        self.name = name
        self.standard = standard
        self.meaning = meaning
    }

    private static func limit(
        _ name: String, _ field: WritableKeyPath<Limits, Int>, _ meaning: String
    ) -> (setting: Setting, field: WritableKeyPath<Limits, Int>) {
        (Setting("CASTER_" + name, String(Limits()[keyPath: field]), meaning), field)
    }

    /// The table for `--help`. Two lines each: one that wrapped would lose its indentation.
    static var table: String {
        all.map { setting in
            "  \(setting.name) (\(setting.standard))\n      \(setting.meaning)"
        }.joined(separator: "\n")
    }
}
