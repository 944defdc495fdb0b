import CasterCore
import CasterEngine

/// What the edge knows of the requests to containers.
struct EdgeTraffic: Sendable {
    private struct Peer: Sendable {
        /// `address:port`.
        let name: String
        let requests: Int
        /// Seconds since 1970; 0 if none counted.
        let last: Double
    }

    private let peers: [Peer]

    /// Throws what the HTTP client throws if the edge does not answer.
    static func read(from folder: DataFolder) async throws -> EdgeTraffic {
        EdgeTraffic(try await LocalHTTP.get("/traffic", socket: folder.trafficSocket))
    }

    init(_ text: String) {
        peers = text.split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ")
            guard words.count == 3, let requests = Int(words[1]), let last = Double(words[2]) else { return nil }
            return Peer(name: String(words[0]), requests: requests, last: last)
        }
    }

    /// Requests under way to an address, whatever the port.
    func requests(to address: String) -> Int {
        peers.filter { $0.name.hasPrefix("\(address):") }.reduce(0) { $0 + $1.requests }
    }

    /// When a request to an address last counted as a visit: seconds since 1970, 0 if none is known.
    func lastVisit(to address: String) -> Double {
        peers.filter { $0.name.hasPrefix("\(address):") }.map(\.last).max() ?? 0
    }
}
