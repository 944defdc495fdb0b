/// Why the SSH server cannot start: one sentence for the operator.
public struct SSHStartError: Error, Sendable, Hashable, CustomStringConvertible {
    public let description: String

    init(_ sentence: String) { description = sentence }
}
