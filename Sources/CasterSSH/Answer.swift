import CasterCore
import CasterDeploy
import Glibc
import Logging

/// What a client gets for its request, once everything about it has been looked up.
enum Answer: Sendable {
    /// A text on standard output, and status 0.
    case text(String)
    case git(GitService, Site)
    /// What a container prints, from this socket.
    case output(Int32)
}

extension Answer {
    /// Looks up what `request` needs.
    ///
    /// Throws `Refusal` for what there is not, what is not this client's, and what is not served here.
    init(to request: Connection.Request, of identity: Identity, on platform: Platform) async throws {
        // Again, because the key may have been deleted since it signed.
        guard try await platform.user(signedInWith: identity.fingerprint) == identity.user else {
            throw Refusal.unauthenticated("the SSH key that you signed in with was deleted")
        }
        switch request {
        case .shell:
            self = .text(Greeting.text(for: identity, address: platform.address))
        case .subsystem:
            throw Refusal.invalid("there is no sftp here: only git push, fetch, pull and clone")
        case .command(let text):
            switch ClientCommand(text) {
            case .receivePack(let site): self = .git(.receivePack, try await platform.site(site, of: identity.user))
            case .uploadPack(let site): self = .git(.uploadPack, try await platform.site(site, of: identity.user))
            case .logs(let site):
                let site = try await platform.site(site, of: identity.user)
                self = .output(try await platform.openOutput(of: site, tail: platform.limits.logLines))
            case nil:
                throw Refusal.invalid("no such command here: only git push, fetch, pull and clone, and logs <site>")
            }
        }
    }
}

extension Connection {
    /// Does what the client asked for. Returns the exit status.
    func serve(_ request: Request, for identity: Identity) throws(Ending) -> Int32 {
        let start = ContinuousClock.now
        do {
            let platform = server.platform
            switch try OwnThread.wait(for: { try await Answer(to: request, of: identity, on: platform) }) {
            case .text(let text):
                try send(text, to: .output)
                return 0
            case .git(let service, let site):
                return try run(service, on: site, for: Push(site: site, user: identity.user, start: start))
            case .output(let socket):
                defer { close(socket) }
                try follow(socket)
                return 0
            }
        } catch let ending as Ending {
            throw ending
        } catch let refusal as Refusal {
            try send("caster: \(refusal.sentence)\n", to: .errors)
        } catch {
            logger.error("an SSH request failed for a reason inside the platform", metadata: ["error": "\(error)"])
            try send("caster: the platform cannot do this right now: try again in a moment\n", to: .errors)
        }
        return 1
    }

    private func run(_ service: GitService, on site: Site, for push: Push) throws -> Int32 {
        guard let channel else { throw Ending.gone }
        if service == .receivePack { hookToken = server.pushes.begin(push) }
        let git = try server.git.start(
            service, in: server.platform.folder.repo(site.siteID), gitProtocol: channel.gitProtocol,
            hookToken: hookToken)
        self.git = git
        let status = try Pump(connection: self, channel: channel, git: git).run()
        self.git = nil
        // Git moved nothing, or its hook told nobody: `main` may have come with a push that broke off.
        if let hookToken, server.pushes.end(hookToken), status == 0 { try deployMissed(site) }
        return status
    }

    private func deployMissed(_ site: Site) throws {
        let platform = server.platform
        guard let missed = try OwnThread.wait(for: { try await platform.acceptMissedPush(to: site) }) else { return }
        try send(
            "caster: main was stored by an earlier push that broke off: deployment \(missed.id) deploys it now\n",
            to: .errors)
    }

    /// Sends what comes from a socket, line by line, until either side ends. Silence is no reason to end it.
    private func follow(_ socket: Int32) throws(Ending) {
        var rest: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 14)
        while true {
            let count = recv(socket, &buffer, buffer.count, Int32(MSG_DONTWAIT))
            if count == 0 { return }
            guard count > 0 else {
                guard errno == EAGAIN || errno == EINTR else { return }
                guard channel?.isClosed == false else { throw .gone }
                let poller = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
                try turn([poller], until: .now + .seconds(86_400), orSay: "a day without output")
                continue
            }
            rest += buffer.prefix(count)
            guard let end = rest.lastIndex(of: UInt8(ascii: "\n")) else { continue }
            try send(TerminalText.clean(String(decoding: rest[...end], as: UTF8.self)), to: .output)
            rest.removeSubrange(...end)
        }
    }

    /// Writes a text, however slowly the client takes it.
    func send(_ text: String, to stream: Channel.Stream) throws(Ending) {
        guard let channel else { throw .gone }
        let deadline = idleDeadline
        var rest = Array(text.utf8)[...]
        while true {
            guard let count = rest.withUnsafeBytes({ channel.write($0, to: stream) }) else { throw .gone }
            rest = rest.dropFirst(count)
            if rest.isEmpty { return }
            try turn(until: deadline, orSay: idleSentence)
        }
    }
}
