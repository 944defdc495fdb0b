import CLinux
import Glibc

/// Workers of an nginx whose master was killed. They go on serving, and hold the port, for ever.
enum OrphanedWorkers {
    /// Ends those of this data folder: nginx workers of this user whose working directory is the routing table. Only to be
    /// called when no master runs. Returns how many there were.
    static func end(hosts: String) throws(EdgeError) -> Int {
        guard let resolved = realpath(hosts, nil) else { return 0 }
        defer { free(resolved) }
        let folder = String(cString: resolved)
        var count = 0
        for pid in try Disk.names(in: "/proc").compactMap({ pid_t($0) }) {
            let pidfd = clinux_pidfd_open(pid)
            guard pidfd >= 0 else { continue }
            defer { close(pidfd) }
            var status = stat()
            guard stat("/proc/\(pid)", &status) == 0, status.st_uid == geteuid(),
                try Disk.read("/proc/\(pid)/cmdline")?.hasPrefix("nginx: worker process") == true,
                workingDirectory(of: pid) == folder
            else { continue }
            clinux_pidfd_send_signal(pidfd, SIGKILL)
            var poller = pollfd(fd: pidfd, events: Int16(POLLIN), revents: 0)
            poll(&poller, 1, 1000)
            count += 1
        }
        return count
    }

    /// Nil if the process has ended, or is another user's.
    private static func workingDirectory(of pid: pid_t) -> String? {
        guard let path = realpath("/proc/\(pid)/cwd", nil) else { return nil }
        defer { free(path) }
        return String(cString: path)
    }
}
