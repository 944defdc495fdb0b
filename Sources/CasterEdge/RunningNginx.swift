import CLinux
import CasterCore
import CasterProcess
import Glibc

/// An nginx master of this data folder that runs: a child, or one that an earlier caster left behind when it was killed.
final class RunningNginx: Sendable {
    let pid: pid_t
    /// Of the configuration that it was started with.
    let digest: String
    private let pidfd: Int32
    /// Nil if it is not a child of this process.
    private let child: ChildProcess?

    init(child: ChildProcess, digest: String) {
        pid = child.pid
        pidfd = child.pidfd
        self.child = child
        self.digest = digest
    }

    /// Finds the nginx that was started with this data folder's configuration file and still runs. Nil if there is none.
    init?(of files: EdgeFiles) throws(EdgeError) {
        let text = try Disk.read(files.pid)
        guard let pid = text.flatMap({ pid_t($0.prefix { $0.isNumber }) }), pid > 1 else { return nil }
        // First the descriptor, then the look at the process: what is signalled is what was looked at.
        let pidfd = clinux_pidfd_open(pid)
        if pidfd < 0 {
            if errno == ESRCH || errno == EINVAL { return nil }
            throw .system(call: "pidfd_open", path: "of process \(pid)", code: errno)
        }
        var digest: String?
        do {
            digest = try Self.digest(ofMaster: pid, with: files)
        } catch {
            close(pidfd)
            throw error
        }
        guard let digest, !Self.hasEnded(pidfd) else {
            close(pidfd)
            return nil
        }
        self.pid = pid
        self.pidfd = pidfd
        self.digest = digest
        child = nil
    }

    deinit {
        if child == nil { close(pidfd) }
    }

    /// Whether it listens: nginx writes its number down when it does.
    func isListening(with files: EdgeFiles) throws(EdgeError) -> Bool {
        try Disk.read(files.pid)?.split(separator: "\n").first.flatMap { pid_t($0) } == pid
    }

    var hasEnded: Bool { Self.hasEnded(pidfd) }

    /// Returns when it has ended, or when the task is cancelled.
    func waitUntilEnded() async throws(EdgeError) { try await ProcessEnd.wait(for: pidfd) }

    /// Sends a signal to the master alone; nothing if it has ended.
    func signal(_ signal: Int32) { _ = clinux_pidfd_send_signal(pidfd, signal) }

    /// Ends at once what is left of it, workers too.
    func kill() {
        self.signal(SIGKILL)
        collect()
    }

    /// After its end: removes what its workers left, and says how it ended, if it was a child.
    @discardableResult func collect() -> Int32? {
        guard let child else {
            Glibc.kill(-pid, SIGKILL)
            return nil
        }
        return child.exitStatus()
    }

    /// Blocks until it has ended, for at most the given time. Returns whether it has.
    func ends(withinMilliseconds time: Int32) -> Bool { Self.hasEnded(pidfd, within: time) }

    private static func hasEnded(_ pidfd: Int32, within milliseconds: Int32 = 0) -> Bool {
        var poller = pollfd(fd: pidfd, events: Int16(POLLIN), revents: 0)
        return poll(&poller, 1, milliseconds) == 1
    }

    /// What a process's command line says it was started with; nil unless it is this user's nginx master with this
    /// configuration file.
    private static func digest(ofMaster pid: pid_t, with files: EdgeFiles) throws(EdgeError) -> String? {
        var status = stat()
        guard stat("/proc/\(pid)", &status) == 0, status.st_uid == geteuid() else { return nil }
        guard let line = try Disk.read("/proc/\(pid)/cmdline"), line.hasPrefix("nginx: master process") else {
            return nil
        }
        let words = line.prefix { $0 != "\0" }
        guard words.hasSuffix(" -c \(files.configuration)") else { return nil }
        return words.firstMatch(of: /env CASTER_EDGE=([0-9a-f]+);/).map { String($0.1) }
    }
}
