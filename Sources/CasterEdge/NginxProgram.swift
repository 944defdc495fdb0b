import CasterCore
import CasterProcess
import Glibc

/// The nginx executable, and how it is called. The call names the configuration and its digest, so that a running nginx
/// tells by its command line whose it is and what it was started with.
struct NginxProgram: Sendable {
    /// Absolute path.
    let path: String
    let configuration: EdgeConfiguration

    /// Throws `EdgeError.noNginx`.
    init(configuration: EdgeConfiguration) throws(EdgeError) {
        guard let found = InstalledProgram.path(of: "nginx") else { throw .noNginx }
        path = found
        self.configuration = configuration
    }

    /// The first 32 hex digits of the SHA-256 of the configuration.
    var digest: String { String(Secret.hex(Secret.sha256(configuration.text.utf8)).prefix(32)) }

    var arguments: [String] {
        // A relative prefix, against which nginx reads `root $host`: see `EdgeConfiguration.text`.
        ["-g", "env CASTER_EDGE=\(digest);", "-p", "./", "-c", configuration.files.configuration]
    }

    /// Starts nginx in the foreground, in a process group of its own.
    func start() throws -> ChildProcess { try run(arguments) }

    /// Lets nginx read its configuration. Blocks for some 10 ms.
    ///
    /// Throws `EdgeError.nginxFailed` with the reason if nginx would not start with it.
    func test() throws {
        let child = try run(["-t", "-q"] + arguments)
        if child.waitForExit() != 0 { throw EdgeError.nginxFailed(try lastWords() ?? "no reason given") }
    }

    /// Why nginx gave up when it was started last, without the date; nil if it said nothing.
    func lastWords() throws(EdgeError) -> String? {
        let lines = try Disk.read(configuration.files.startLog)?.split(separator: "\n") ?? []
        return (lines.last { $0.contains("[emerg]") } ?? lines.last).map { line in
            line.firstRange(of: "] ").map { String(line[$0.upperBound...]) } ?? String(line)
        }
    }

    private func run(_ arguments: [String]) throws -> ChildProcess {
        let log = configuration.files.startLog
        let stderr = open(log, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0o600)
        guard stderr >= 0 else { throw EdgeError.system(call: "open", path: log, code: errno) }
        defer { close(stderr) }
        // nginx shows its arguments where the environment was: it must be long enough not to cut them off.
        return try ChildProcess(
            executable: path, arguments: arguments,
            environment: ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"],
            directory: configuration.folder.hosts, stderr: stderr)
    }
}
