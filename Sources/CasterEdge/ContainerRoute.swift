/// Where the requests for a container go.
public enum ContainerRoute: Sendable, Hashable {
    /// An IPv4 address and a TCP port.
    case awake(address: String, port: Int)
    /// It does not run: the worker is asked to wake it.
    case asleep

    /// As the routing table has it.
    var text: String {
        switch self {
        case .awake(let address, let port): "@\(address):\(port)"
        case .asleep: "@asleep"
        }
    }

    init?(text: String) {
        if text == "@asleep" {
            self = .asleep
            return
        }
        let parts = text.dropFirst().split(separator: ":", omittingEmptySubsequences: false)
        guard text.hasPrefix("@"), parts.count == 2, let port = Int(parts[1]) else { return nil }
        self = .awake(address: String(parts[0]), port: port)
    }
}
