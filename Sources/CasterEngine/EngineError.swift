/// What the container engine did not do, in one sentence for the operator.
public enum EngineError: Error, Sendable, CustomStringConvertible {
    /// Nobody answers at the engine's address, or it hung up.
    case unreachable(address: String, reason: String)
    /// The engine refused; `status` is its HTTP status, and `message` what it says.
    case refused(call: String, status: Int, message: String)
    /// The engine answered something that cannot be read.
    case unreadable(call: String, reason: String)
    /// `DOCKER_HOST` is not an address that is spoken here.
    case badAddress(String)

    /// There is no such container, image or network.
    public var isNotFound: Bool { if case .refused(_, 404, _) = self { true } else { false } }
    /// The name is taken, or the object is in use.
    public var isConflict: Bool { if case .refused(_, 409, _) = self { true } else { false } }
    /// Nobody answers: it may be started again in a moment.
    public var isUnreachable: Bool { if case .unreachable = self { true } else { false } }

    public var description: String {
        switch self {
        case .unreachable(let address, let reason): "the container engine at \(address) does not answer: \(reason)"
        case .refused(let call, let status, let message): "the container engine refused \(call) (\(status)): \(message)"
        case .unreadable(let call, let reason): "the container engine's answer to \(call) cannot be read: \(reason)"
        case .badAddress(let text): "DOCKER_HOST must be unix:///path/of/a/socket, not '\(text)'"
        }
    }
}
