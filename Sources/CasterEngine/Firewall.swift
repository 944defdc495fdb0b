import CasterProcess
import Glibc

/// The packet filter's rules that keep containers from this machine and from link-local addresses (where clouds answer
/// with their keys). Sites' networks are kept apart by the engine; from a container to the machine itself nothing
/// would stand in the way.
///
/// The rules name the bridges by their common prefix, so that they hold for every network, also those to come; they are
/// the same for all platforms of a machine, and stay.
public enum Firewall {
    /// What the interface names of all sites' networks begin with.
    public static let bridgePrefix = "cst"

    /// The chain, and what goes to its front; the last one given stands first.
    private static let rules: [(chain: String, rule: [String])] = [
        ("INPUT", ["-i", "\(bridgePrefix)+", "-j", "DROP"]),
        ("INPUT", ["-i", "\(bridgePrefix)+", "-m", "conntrack", "--ctstate", "ESTABLISHED,RELATED", "-j", "ACCEPT"]),
        ("DOCKER-USER", ["-i", "\(bridgePrefix)+", "-d", "169.254.0.0/16", "-j", "DROP"]),
    ]

    /// Puts those rules in place that are not there. Blocks for some 10 ms; needs `CAP_NET_ADMIN`.
    ///
    /// Throws `FirewallError`, or `SpawnError` if `iptables` cannot be started.
    public static func raise() throws {
        guard let iptables = InstalledProgram.path(of: "iptables") else {
            throw FirewallError("iptables is not installed")
        }
        for (chain, rule) in rules where try run(iptables, ["-w", "5", "-C", chain] + rule) != 0 {
            let status = try run(iptables, ["-w", "5", "-I", chain] + rule)
            guard status == 0 else {
                throw FirewallError("iptables refuses a rule of \(chain) with status \(status)")
            }
        }
    }

    private static func run(_ program: String, _ arguments: [String]) throws -> Int32 {
        try ChildProcess(
            executable: program, arguments: arguments, environment: ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin"]
        ).waitForExit()
    }
}

/// Containers cannot be kept from this machine.
public struct FirewallError: Error, Sendable, CustomStringConvertible {
    public let description: String

    init(_ description: String) { self.description = description }
}
