import Glibc

/// The whole of what the git hook does.
public enum HookClient {
    /// Tells the platform which refs moved, and copies its answer to standard output until it ends. Git ignores what a
    /// post-receive hook returns, so a failure is said in words.
    public static func run() {
        signal(SIGPIPE, SIG_IGN)
        var input = HookInput()
        input.read(from: 0)
        guard !input.updates.isEmpty else { return }
        guard let path = getenv("CASTER_HOOK_SOCKET"), let token = getenv("CASTER_HOOK_TOKEN") else {
            return say("This repository belongs to Caster: push over SSH, so that what you push is deployed.")
        }
        let message = HookMessage(token: String(cString: token), updates: input.updates)
        do {
            let platform = try UnixSocket.connected(to: String(cString: path))
            defer { close(platform) }
            guard write(message.encoded, to: platform), copyAnswer(from: platform) else { return sayUnreachable() }
        } catch {
            sayUnreachable()
        }
    }

    /// False if the platform did not take the message.
    private static func copyAnswer(from descriptor: Int32) -> Bool {
        var buffer = [UInt8](repeating: 0, count: 16384)
        var acknowledgement = Array(HookMessage.acknowledgement.utf8)[...]
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return acknowledgement.isEmpty }
            let expected = acknowledgement.prefix(count)
            guard buffer.starts(with: expected) else { return false }
            acknowledgement = acknowledgement.dropFirst(count)
            guard write(Array(buffer[expected.count..<count]), to: 1) else { return true }
        }
    }

    /// False if the other side is gone.
    private static func write(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    private static func sayUnreachable() {
        say(
            """
            Your commit is stored, but nothing was deployed: the platform did not answer.
            It deploys what it missed when it is started again; or push again later:
              git commit --allow-empty -m "Deploy again" && git push
            """)
    }

    private static func say(_ text: String) {
        _ = write(Array("\(text)\n".utf8), to: 1)
    }
}
