import Foundation

/// A working copy of somebody's site.
struct Checkout: Sendable {
    let owner: Account
    let folder: String

    /// Runs git here, as its owner. Throws if it fails.
    @discardableResult
    func git(_ arguments: String...) async throws -> Outcome {
        try await tryGit(arguments).orThrow("git \(arguments.joined(separator: " "))")
    }

    /// Runs git here, whether it succeeds or not.
    func tryGit(_ arguments: [String], input: Data = Data(), merged: Bool = true) async throws -> Outcome {
        try await run(
            ["git"] + arguments, environment: owner.environment, directory: folder, input: input, merged: merged,
            within: .seconds(120))
    }

    /// Runs a line of shell here.
    func shell(_ line: String) async throws -> Outcome {
        try await run(["sh", "-c", line], environment: owner.environment, directory: folder)
    }

    func write(_ path: String, _ content: String) throws {
        try write(path, Data(content.utf8))
    }

    func write(_ path: String, _ content: Data) throws {
        let url = URL(filePath: "\(folder)/\(path)")
        try FileManager.default.createDirectory(
            at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try content.write(to: url)
    }

    /// Writes files and commits everything. Returns the commit.
    @discardableResult
    func commit(_ files: [String: String] = [:], message: String = "Change") async throws -> String {
        for (path, content) in files { try write(path, content) }
        try await git("add", "--all")
        try await git("commit", "--quiet", "--allow-empty", "--message", message)
        return try await git("rev-parse", "HEAD").line
    }

    /// `git push caster main`, or with other arguments.
    func push(_ arguments: String...) async throws -> Outcome {
        try await tryGit(["push"] + (arguments.isEmpty ? ["caster", "main"] : arguments))
    }

    /// Starts a push and returns at once.
    func beginPush(_ arguments: String...) throws -> Program {
        try Program(
            ["git", "push"] + (arguments.isEmpty ? ["caster", "main"] : arguments), environment: owner.environment,
            directory: folder)
    }
}
