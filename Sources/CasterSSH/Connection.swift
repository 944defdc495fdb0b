import CLibssh
import CasterCore
import CasterDeploy
import Glibc
import Logging

/// One client from its first byte to its last, on a thread of its own. All waiting is in `turn`.
final class Connection {
    let session: Session
    let server: ServerContext
    var logger: Logger
    var authentication: Authentication
    var channel: Channel?
    var request: Request?
    private var isRefusalSaid = false
    /// What runs for the client. It never outlives the connection.
    var git: GitProcess?
    /// By which the hook of its push proves itself.
    var hookToken: String?

    /// What a client may ask its channel for.
    enum Request: Sendable, Hashable {
        case shell
        case command(String)
        case subsystem
    }

    init(session: Session, server: ServerContext, logger: Logger) {
        self.session = session
        self.server = server
        self.logger = logger
        authentication = Authentication(platform: server.platform, logger: logger)
    }

    /// Blocks until the connection has ended.
    func run() {
        register()
        do throws(Ending) {
            let authDeadline = ContinuousClock.now + .seconds(limits.sshAuthTimeout)
            try exchangeKeys(until: authDeadline)
            let identity = try authenticate(until: authDeadline)
            logger[metadataKey: "user"] = "\(identity.user.id)"
            let request = try awaitRequest()
            let status = try serve(request, for: identity)
            try end(status: status)
            session.disconnect(saying: nil)
        } catch {
            switch error {
            case .gone:
                logger.debug("SSH client left", metadata: ["reason": "\(session.error)"])
                session.disconnect(saying: nil)
            case .told(let sentence):
                logger.debug("SSH connection ended", metadata: ["reason": "\(sentence)"])
                session.disconnect(saying: sentence)
            }
        }
        git?.abandon()
        if let hookToken { server.pushes.end(hookToken) }
    }

    var limits: Limits { server.platform.limits }

    /// A client is idle from now until this instant at most.
    var idleDeadline: ContinuousClock.Instant { .now + .seconds(limits.sshIdleTimeout) }

    var idleSentence: String { "nothing came or went for \(limits.sshIdleTimeout) s (CASTER_SSH_IDLE_TIMEOUT)" }

    private func exchangeKeys(until deadline: ContinuousClock.Instant) throws(Ending) {
        while try !session.exchangeKeys() {
            try wait([], until: deadline, orSay: authentication.timeoutSentence)
        }
    }

    private func authenticate(until deadline: ContinuousClock.Instant) throws(Ending) -> Identity {
        while true {
            if let identity = authentication.identity { return identity }
            if authentication.refusal != nil { throw .told("authentication refused") }
            try turn(until: deadline, orSay: authentication.timeoutSentence)
        }
    }

    private func awaitRequest() throws(Ending) -> Request {
        let deadline = idleDeadline
        while true {
            if let request, let channel {
                guard channel.takesPackets else { throw .told("the channel's maximum packet size is too small") }
                return request
            }
            try turn(until: deadline, orSay: idleSentence)
        }
    }

    /// Says how the command ended and waits for the client to close: what it has not read yet would be lost otherwise.
    private func end(status: Int32) throws(Ending) {
        guard let channel else { throw .gone }
        var deadline = idleDeadline
        var traffic = session.traffic
        while !channel.end(status: status) || !channel.isClosed {
            guard session.isAlive else { return }
            try turn(until: deadline, orSay: idleSentence)
            if session.traffic != traffic {
                traffic = session.traffic
                deadline = idleDeadline
            }
        }
    }

    /// Waits until the client sends something or its socket takes more, one of `others` is ready, or the deadline has
    /// passed; then lets libssh work. Descriptors below 0 are ignored.
    func turn(
        _ others: [pollfd] = [], until deadline: ContinuousClock.Instant, orSay sentence: String
    ) throws(Ending) {
        let events = try wait(others, until: deadline, orSay: sentence)
        if channel?.isFull == true {
            // Not to read, but to write, and to see the end of a broken connection. It reads 4 KiB all the same.
            if events != 0 { session.work() }
        } else if channel != nil {
            // libssh reads 4 KiB at a time.
            session.work(turns: 64) { channel?.isFull != true }
        } else {
            session.work()
        }
        guard session.isAlive else { throw .gone }
    }

    /// Returns what `poll(2)` says of the client's socket.
    @discardableResult
    private func wait(
        _ others: [pollfd], until deadline: ContinuousClock.Instant, orSay sentence: String
    ) throws(Ending) -> Int16 {
        if ContinuousClock.now >= deadline { throw .told(sentence) }
        guard session.descriptor >= 0 else { throw .gone }
        if request == nil { session.acknowledgeQuickly() }
        let events = session.pollEvents(reading: channel?.isFull != true)
        var pollers = [
            pollfd(fd: session.descriptor, events: events, revents: 0),
            pollfd(fd: server.stop.descriptor, events: Int16(POLLIN), revents: 0),
        ]
        pollers += others
        _ = poll(&pollers, nfds_t(pollers.count), milliseconds(until: deadline))
        if pollers[1].revents != 0 { throw .told("the server is stopping: try again in a moment") }
        return pollers[0].revents
    }
}

// MARK: - Called by libssh

extension Connection {
    func judge(_ key: ssh_key?, state: Int32) -> Bool {
        let isSigned = state == SSH_PUBLICKEY_STATE_VALID.rawValue
        guard isSigned || state == SSH_PUBLICKEY_STATE_NONE.rawValue, let key, let offered = OfferedKey(key) else {
            noteOtherAttempt()
            return false
        }
        let verdict = authentication.judge(offered, isSigned: isSigned)
        if let banner = verdict.banner { session.showBanner(banner) }
        sayRefusal()
        return verdict.isAccepted
    }

    func noteOtherAttempt() {
        _ = authentication.attempt()
        sayRefusal()
    }

    /// Ahead of the answer that is the last one. A client may leave by itself before it sees why it is disconnected.
    private func sayRefusal() {
        guard let refusal = authentication.refusal, !isRefusalSaid else { return }
        isRefusalSaid = true
        session.showBanner(refusal + "\n")
    }

    /// False if the channel has been asked for something already.
    func note(_ request: Request) -> Bool {
        guard self.request == nil else { return false }
        self.request = request
        return true
    }
}
