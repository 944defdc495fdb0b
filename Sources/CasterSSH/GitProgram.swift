import CasterCore
import Glibc

/// The two things that git does for clients.
enum GitService: String, Sendable, Hashable {
    case receivePack = "receive-pack"
    case uploadPack = "upload-pack"
}

/// How git is run: with the repository as its working directory, `.` as its argument and an environment of ours, so
/// that nothing which a client wrote reaches its arguments.
struct GitProgram: Sendable {
    /// Absolute path of `git`.
    let path: String
    /// Becomes `core.hooksPath`.
    let hooksFolder: String
    let hookExecutable: String
    let hookSocket: String
    let limits: Limits

    /// Starts git. Throws `SpawnError`.
    ///
    /// - Parameters:
    ///   - gitProtocol: `version=0`, `version=1` or `version=2`, if the client asked for one.
    ///   - hookToken: what the hook shows to the platform; nil for a service that has no hooks.
    func start(
        _ service: GitService, in repository: String, gitProtocol: String?, hookToken: String?
    ) throws -> GitProcess {
        var environment = environment(for: service)
        environment["GIT_PROTOCOL"] = gitProtocol
        if let hookToken {
            environment["CASTER_HOOK"] = hookExecutable
            environment["CASTER_HOOK_SOCKET"] = hookSocket
            environment["CASTER_HOOK_TOKEN"] = hookToken
        }
        return try GitProcess(
            executable: path, arguments: [service.rawValue, "."], environment: environment, directory: repository,
            limits: limits, isPush: service == .receivePack)
    }

    private func environment(for service: GitService) -> [String: String] {
        var environment = [
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "HOME": "/nonexistent",
            "LC_ALL": "C",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": "/dev/null",
            "GIT_ATTR_NOSYSTEM": "1",
            "GIT_ALLOC_LIMIT": "\(limits.gitAllocBytes)",
        ]
        let settings = service == .receivePack ? receiving : sending
        environment["GIT_CONFIG_COUNT"] = "\(settings.count)"
        for (index, setting) in settings.enumerated() {
            environment["GIT_CONFIG_KEY_\(index)"] = setting.key
            environment["GIT_CONFIG_VALUE_\(index)"] = setting.value
        }
        return environment
    }

    private var receiving: KeyValuePairs<String, String> {
        [
            "safe.directory": "*",  // another role's user may have made the repository
            "core.hooksPath": hooksFolder,
            // What the client was told is stored survives a power cut.
            "core.fsync": "objects,derived-metadata,reference",
            "core.fsyncMethod": "fsync",
            // Small pushes become loose objects, which cost later pushes nothing, as more and more packs would; larger
            // ones become a pack. Loose objects are not compressed: that took most of the time of a push of large files.
            "receive.unpackLimit": "20",
            "core.looseCompression": "0",
            "receive.fsckObjects": "true",
            // Of the quarantine's alternate, which is this very repository: its refs are looked at anyway, and git would
            // start another git to list them.
            "core.alternateRefsCommand": "true",
            "receive.maxInputSize": "\(limits.packBytes)",
            "receive.advertisePushOptions": "true",
            "receive.denyDeleteCurrent": "refuse",
            "receive.denyNonFastForwards": "false",
            // Nothing may go on after the push.
            "receive.autogc": "false",
            "gc.auto": "0",
            "maintenance.auto": "false",
        ]
    }

    private var sending: KeyValuePairs<String, String> {
        [
            "safe.directory": "*",
            "core.hooksPath": hooksFolder,
            "uploadpack.allowFilter": "true",
            // Large files are sent as they are stored: to look for deltas between them takes their size in memory.
            "core.bigFileThreshold": "4m",
            "pack.windowMemory": "32m",
            "pack.threads": "1",
        ]
    }
}
