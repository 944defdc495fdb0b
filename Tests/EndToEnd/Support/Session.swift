extension Account {
    /// Starts a scene of `Scripts/session.py` as this person. Debian's Python has paramiko.
    func beginScene(_ scene: String, _ arguments: String...) throws -> Program {
        try Program(
            ["/usr/bin/python3", Build.script("session.py"), scene, "\(platform.sshPort)", sshKey] + arguments,
            environment: ["HOME": home], directory: home)
    }

    /// Runs a scene to its end, and returns what it printed.
    func scene(_ scene: String, _ arguments: String...) async throws -> Outcome {
        let program = try Program(
            ["/usr/bin/python3", Build.script("session.py"), scene, "\(platform.sshPort)", sshKey] + arguments,
            environment: ["HOME": home], directory: home)
        return try await program.wait()
    }
}
