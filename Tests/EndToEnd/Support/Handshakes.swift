import Foundation

/// Clients that make full TLS handshakes without pause. See `handshakes.py`.
final class Handshakes: Sendable {
    private let program: Program

    struct Sums: Decodable {
        let handshakes: Int
        let failures: [String]
        /// Serial numbers of the certificates, as they were first seen.
        let serials: [String]
    }

    /// - Parameter root: the PEM file that they trust.
    init(of host: String, on platform: Platform, trusting root: String) throws {
        program = try Program(
            ["python3", Build.script("handshakes.py"), "\(platform.tlsPort)", host, root], merged: false)
    }

    /// Stops them.
    func end() async throws -> Sums {
        program.signal(SIGINT)
        return try JSONDecoder().decode(Sums.self, from: await program.wait().orThrow("handshakes.py").output)
    }
}
