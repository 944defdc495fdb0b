import CasterCore
import CasterGit
import CasterProcess
import Foundation
import Glibc

/// Keeps a repository that is pushed to small and fast to read. Blocks.
struct RepositoryUpkeep: Sendable {
    /// Absolute path of the bare repository.
    let path: String

    /// Removes what pushes and uploads left behind that were cut off more than an hour ago: what comes in is kept in a
    /// folder of its own until it is accepted. Throws `FileError`.
    func sweepQuarantine(now: Date) throws {
        let objects = path + "/objects"
        guard access(objects, F_OK) == 0 else { return }  // deleted meanwhile
        for name in try FileManager.default.contentsOfDirectory(atPath: objects)
        where name.hasPrefix("tmp_objdir-incoming-") {
            let folder = "\(objects)/\(name)"
            var status = stat()
            guard lstat(folder, &status) == 0 else { continue }  // accepted meanwhile
            if Double(status.st_mtim.tv_sec) < now.timeIntervalSince1970 - 3600 { try removeFolder(folder) }
        }
    }

    /// Packs loose objects if git finds that there are many. Nothing is ever dropped: a commit that a force push
    /// replaced is still that of a deployment which can be rolled back to.
    ///
    /// Throws `SpawnError`, or `GitFailed` if git does not exit with 0.
    func pack(git: String) throws {
        let configuration = ["gc.pruneExpire": "never", "gc.cruftPacks": "true", "gc.autoDetach": "false"]
        var environment = [
            "PATH": "/usr/bin:/bin", "LC_ALL": "C", "HOME": "/nonexistent", "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_COUNT": String(configuration.count),
        ]
        for (index, (key, value)) in configuration.enumerated() {
            environment["GIT_CONFIG_KEY_\(index)"] = key
            environment["GIT_CONFIG_VALUE_\(index)"] = value
        }
        let child = try ChildProcess(
            executable: git, arguments: ["gc", "--auto", "--quiet"], environment: environment, directory: path)
        setpriority(__priority_which_t(PRIO_PROCESS.rawValue), id_t(child.pid), 10)
        let status = child.waitForExit()
        guard status == 0 else { throw GitFailed(status: status) }
    }
}

/// A git command that did not succeed.
struct GitFailed: Error, CustomStringConvertible {
    let status: Int32

    var description: String { "git exited with \(status)" }
}
