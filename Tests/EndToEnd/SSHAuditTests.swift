import Testing

/// What Debian's `ssh-audit` says of the SSH server.
@Suite(.timeLimit(.minutes(2)))
struct SSHAuditTests {
    @Test func findsNoFailures() async throws {
        try await withPlatform { platform in
            let audit = try await run(
                ["ssh-audit", "--no-colors", "--port", "\(platform.sshPort)", "127.0.0.1"], within: .seconds(60))
            #expect(audit.text.contains("(kex) curve25519-sha256"), "\(audit.text)")
            #expect(audit.text.contains("(key) ssh-ed25519"))
            let failures = audit.lines.filter { $0.contains("[fail]") }
            #expect(failures.isEmpty, "\(failures)")
        }
    }
}
