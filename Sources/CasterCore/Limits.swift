/// Every limit of the platform, with its default. Each is a setting of the same name in capitals after `CASTER_`.
public struct Limits: Sendable, Hashable {
    /// Seconds that a client has to authenticate over SSH.
    public var sshAuthTimeout = 20
    /// Authentication requests on one SSH connection; an offered key counts as one.
    public var sshAuthAttempts = 12
    /// SSH connections at one time.
    public var sshConnections = 256
    /// SSH connections at one time from one address.
    public var sshConnectionsPerAddress = 64
    /// Seconds without a byte in either direction after which an SSH connection is closed.
    public var sshIdleTimeout = 300
    /// Bytes of one pushed pack.
    public var packBytes = 256 << 20
    /// Bytes that git may allocate at once while it reads a push: caps a file's size and stops delta bombs.
    public var gitAllocBytes = 128 << 20
    /// Files and folders in one release.
    public var releaseEntries = 50_000
    /// Bytes of all files of one release.
    public var releaseBytes = 512 << 20
    /// Releases kept of each site, the live one included.
    public var releasesKept = 5
    /// Seconds for which a release that is not live any more is kept in any case, for requests under way.
    public var releaseGrace = 60
    /// Sites built at the same time.
    public var builds = 2
    /// Bytes of one build log.
    public var logBytes = 4 << 20
    /// Bytes of memory that one step of a build may use.
    public var buildMemory = 512 << 20
    /// Hundredths of one CPU that a build may use.
    public var buildCPUPercent = 100
    /// Bytes that one site's container may write to its own disk, which goes with it.
    public var containerDiskBytes = 2 << 30
    /// Processes and threads of one step of a build.
    public var buildProcesses = 1024
    /// Seconds that a build may take.
    public var buildSeconds = 600
    /// Bytes that one step of a build may write.
    public var buildDiskBytes = 4 << 30
    /// Bytes that must be free on the engine's disk before a build begins.
    public var freeDiskBytes = 1 << 30
    /// Bytes of memory of one site's container.
    public var containerMemory = 512 << 20
    /// Hundredths of one CPU that one site's container may use.
    public var containerCPUPercent = 100
    /// Processes and threads of one site's container.
    public var containerProcesses = 256
    /// Bytes of all images of one site, each with all its layers; the live one is kept in any case.
    public var imageBytes = 10 << 30
    /// Bytes that are kept of what a container prints; as many again while they are rotated.
    public var containerLogBytes = 5 << 20
    /// Seconds that a new container has to answer its health check.
    public var healthSeconds = 60
    /// Milliseconds between two health checks.
    public var healthInterval = 250
    /// Seconds that requests under way have to finish before an old container is stopped.
    public var drainSeconds = 30
    /// Seconds that a container has to end before it is killed.
    public var stopSeconds = 10
    /// Seconds without a visitor after which a container is stopped; 0 for never.
    public var sleepAfter = 900
    /// Seconds that a request waits for a container to wake.
    public var wakeSeconds = 30
    /// Bytes of one request's body to a container.
    public var containerRequestBytes = 100 << 20
    /// Lines of a container's output that are shown from its end, if nobody says how many.
    public var logLines = 100
    /// Bytes of a JSON request body.
    public var requestBytes = 1 << 20
    /// Files of one upload or paste.
    public var uploadFiles = 10_000
    /// Bytes of one file of an upload or paste.
    public var uploadFileBytes = 25 << 20
    /// Bytes of all files of one upload or paste, unpacked.
    public var uploadBytes = 100 << 20
    /// Bytes of one uploaded archive, as it is sent.
    public var archiveBytes = 100 << 20
    /// Bytes that one byte of an archive may unpack to, judged beyond the first 8 MB of what unpacks.
    public var archiveRatio = 200
    /// SSH keys of one account.
    public var sshKeysPerUser = 100
    /// API keys of one account.
    public var apiKeysPerUser = 100
    /// Failed logins to one account within 15 minutes.
    public var loginFailuresPerAccount = 10
    /// Failed logins from one address (IPv6: /64) within 15 minutes.
    public var loginFailuresPerAddress = 50
    /// Anonymous deploys from one address (IPv6: /64) within an hour.
    public var anonymousDeploysPerHour = 3
    /// Seconds after which an anonymous site expires unless it is claimed.
    public var anonymousLifetime = 24 * 3600
    /// Days for which a name that its owner gave up is kept from everybody else.
    public var nameQuarantineDays = 30
    /// Custom domains of one site.
    public var domainsPerSite = 20
    /// Certificates that are ordered within an hour, for all names; Let's Encrypt takes 300 orders in three.
    public var acmeOrdersPerHour = 90
    /// Bytes of all contents in one answer that shows several files of a site.
    public var fileReadBytes = 256 << 10
    /// MCP sessions at one time, of all accounts; beyond, the one that was idle for longest ends.
    public var mcpSessions = 10_000
    /// MCP sessions of one account at one time; beyond, its session that was idle for longest ends.
    public var mcpSessionsPerUser = 100
    /// Seconds without a request after which an MCP session ends.
    public var mcpSessionLifetime = 24 * 3600
    /// Streams that MCP sessions of one account may hold open.
    public var mcpStreamsPerUser = 32
    /// Seconds for which a tool waits for its deployment to be live.
    public var mcpDeployTimeout = 120
    /// Requests in one JSON-RPC batch.
    public var mcpBatch = 50
    /// Seconds after which whoever signed in to the console must do so again.
    public var sessionLifetime = 30 * 86_400
    /// Seconds without a request after which a browser is signed out.
    public var sessionIdleTimeout = 7 * 86_400
    /// Browsers in which one account is signed in; beyond, the one that was used longest ago is signed out.
    public var sessionsPerUser = 50
    /// Seconds for which an OAuth access token is good.
    public var oauthAccessLifetime = 3600
    /// Seconds for which an OAuth refresh token is good; each use brings a new one.
    public var oauthRefreshLifetime = 30 * 86_400
    /// Seconds within which an OAuth authorization code must be redeemed.
    public var oauthCodeLifetime = 60
    /// Bytes of a document that describes an OAuth client.
    public var clientMetadataBytes = 64 << 10
    /// OAuth clients that register themselves from one address (IPv6: /64) within an hour.
    public var oauthRegistrationsPerHour = 100

    /// Bytes of a JSON body with files in it: base64 and escapes make it larger than the files.
    public var filesBodyBytes: Int { uploadBytes / 2 * 3 }

    public init() {}
}
