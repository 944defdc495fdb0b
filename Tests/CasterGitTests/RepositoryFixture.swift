import CasterCore
import CasterGit
import CasterProcess
import Foundation
import Glibc

/// A bare repository with commits that git itself makes, and a folder for releases beside it.
final class RepositoryFixture {
    let folder: String
    let repository: Repository

    init() throws {
        folder = "/tmp/caster-git-\(UInt64.random(in: .min ... .max))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        try Repository.create(path: "\(folder)/site.git")
        repository = try Repository(path: "\(folder)/site.git")
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    /// Runs git in the repository, and returns the first line that it prints.
    @discardableResult
    func git(_ arguments: [String], input: String = "") throws -> String {
        let (stdin, stdout) = ("\(folder)/stdin", "\(folder)/stdout")
        try input.write(toFile: stdin, atomically: false, encoding: .utf8)
        let (reader, writer) = (open(stdin, O_RDONLY), open(stdout, O_WRONLY | O_CREAT | O_TRUNC, 0o600))
        defer {
            close(reader)
            close(writer)
        }
        let names = ["GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL"]
        let person = Dictionary(uniqueKeysWithValues: names.map { ($0, "somebody") })
        let child = try ChildProcess(
            executable: "/usr/bin/git", arguments: arguments,
            environment: ["GIT_CONFIG_NOSYSTEM": "1", "HOME": folder].merging(person) { $1 },
            directory: "\(folder)/site.git", stdin: reader, stdout: writer, stderr: writer)
        let status = child.waitForExit()
        let printed = try String(contentsOfFile: stdout, encoding: .utf8)
        guard status == 0 else { throw GitFailed(printed: printed) }
        return printed.split(separator: "\n").first.map(String.init) ?? ""
    }

    /// A tree of entries as `git mktree` takes them, by name: mode and the object's ID.
    func tree(_ entries: [String: (mode: String, id: String)]) throws -> String {
        let lines = entries.map { name, entry in
            let kind = entry.mode == "040000" ? "tree" : entry.mode == "160000" ? "commit" : "blob"
            return "\(entry.mode) \(kind) \(entry.id)\t\(name)"
        }
        return try git(["mktree", "--missing"], input: lines.joined(separator: "\n") + "\n")
    }

    func blob(_ text: String) throws -> String { try git(["hash-object", "-w", "--stdin"], input: text) }

    /// A tree of plain files, by path.
    func files(_ files: [String: String]) throws -> String {
        try tree(files.mapValues { ("100644", try blob($0)) })
    }

    func write(
        _ tree: String, to name: String, previous: ReleaseWriter.Previous? = nil, limits: Limits = Limits()
    ) throws -> ReleaseSummary {
        try ReleaseWriter(repository: repository, limits: limits)
            .write(tree: tree, to: release(name), previous: previous)
    }

    func release(_ name: String) -> String { "\(folder)/\(name)" }

    func text(_ path: String) throws -> String { try String(contentsOfFile: "\(folder)/\(path)", encoding: .utf8) }

    func status(_ path: String) throws -> stat {
        var result = stat()
        guard lstat("\(folder)/\(path)", &result) == 0 else { throw FileError(path: path, code: errno) }
        return result
    }
}

struct GitFailed: Error {
    let printed: String
}
