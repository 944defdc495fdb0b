import CLinux
import Glibc
import Synchronization

/// A child process in a process group of its own, watched through a pidfd. Owns the pidfd, and kills what is left of
/// the group when it goes.
public final class ChildProcess: Sendable {
    public let pid: pid_t
    /// Readable once the process has ended; for `poll(2)`. Valid as long as this object.
    public let pidfd: Int32
    private let ended = Mutex<Int32?>(nil)

    /// Starts `executable` (an absolute path) with exactly the given environment. Descriptors 0, 1 and 2 are the given
    /// ones, or `/dev/null`; no other is inherited. Signals are at their defaults.
    ///
    /// Throws `SpawnError` if the program cannot be started.
    public init(
        executable: String, arguments: [String], environment: [String: String], directory: String? = nil,
        stdin: Int32? = nil, stdout: Int32? = nil, stderr: Int32? = nil
    ) throws(SpawnError) {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for (target, source) in [(0 as Int32, stdin), (1, stdout), (2, stderr)] {
            if let source {
                posix_spawn_file_actions_adddup2(&actions, source, target)
            } else {
                posix_spawn_file_actions_addopen(&actions, target, "/dev/null", O_RDWR, 0)
            }
        }
        let refused = clinux_confine(&actions, directory)
        guard refused == 0 else { throw SpawnError(executable: executable, code: refused) }

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        var all = sigset_t()
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP))

        var argv = ([executable] + arguments).map { strdup($0) } + [nil]
        var envp = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer {
            for pointer in argv + envp { free(pointer) }
        }
        var pid: pid_t = 0
        let failure = posix_spawn(&pid, executable, &actions, &attributes, &argv, &envp)
        guard failure == 0 else { throw SpawnError(executable: executable, code: failure) }
        let pidfd = clinux_pidfd_open(pid)
        guard pidfd >= 0 else {
            let code = errno
            kill(-pid, SIGKILL)
            waitpid(pid, nil, 0)
            throw SpawnError(executable: executable, code: code)
        }
        self.pid = pid
        self.pidfd = pidfd
    }

    /// Sends a signal to the process and everything in its group.
    public func signal(_ signal: Int32) {
        ended.withLock { if $0 == nil { kill(-pid, signal) } }
    }

    /// The exit status once the process has ended, as a shell has it: 128 + the signal if one ended it. Nil while it
    /// runs. What is left of its group ends with it.
    public func exitStatus() -> Int32? {
        ended.withLock { ended in
            if let ended { return ended }
            var info = siginfo_t()
            guard waitid(P_PID, id_t(pid), &info, WEXITED | WNOHANG | WNOWAIT) == 0, info.si_signo == SIGCHLD else {
                return nil
            }
            // Not collected yet: its number, and so the group's, cannot be another's.
            kill(-pid, SIGKILL)
            var status: Int32 = 0
            waitpid(pid, &status, 0)
            let signal = status & 0x7f
            ended = signal == 0 ? (status >> 8) & 0xff : 128 + signal
            return ended
        }
    }

    /// Blocks until the process has ended: its exit status as `exitStatus()` has it.
    public func waitForExit() -> Int32 {
        var poller = pollfd(fd: pidfd, events: Int16(POLLIN), revents: 0)
        while true {
            if let status = exitStatus() { return status }
            poll(&poller, 1, -1)
        }
    }

    deinit {
        if ended.withLock({ $0 == nil }) {
            kill(-pid, SIGKILL)
            waitpid(pid, nil, 0)
        }
        close(pidfd)
    }
}

/// A program that could not be started.
public struct SpawnError: Error, Sendable, CustomStringConvertible {
    public let executable: String
    /// An `errno` value.
    public let code: Int32

    public var description: String { "\(executable) could not be started: \(String(cString: strerror(code)))" }
}
