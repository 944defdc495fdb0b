import CasterCore
import Glibc

/// The certificates that nginx shows, a file for each host. Every function blocks for as long as the disk does.
public struct EdgeCertificates: Sendable {
    private let folder: String

    public init(folder: DataFolder) { self.folder = folder.certificates }

    /// Makes this what the next handshake shows: the chain and its key, in PEM.
    ///
    /// - Parameter name: a host, or `*.<domain>`.
    public func install(_ pem: String, for name: String) throws(EdgeError) {
        try Disk.write(pem, to: path(name), isDurable: true)
        try Disk.sync(folder)
    }

    /// Removes what a crash left half written. Nobody may install meanwhile.
    public func removeUnfinished() throws(EdgeError) {
        for name in try Disk.names(in: folder) where !name.hasSuffix(Self.suffix) {
            try Disk.remove("\(folder)/\(name)")
        }
    }

    /// Removes what is shown; it may be gone already.
    public func remove(_ name: String) throws(EdgeError) { try Disk.remove(path(name)) }

    public func has(_ name: String) -> Bool { access(path(name), R_OK) == 0 }

    private func path(_ name: String) -> String { "\(folder)/\(name.replacing("*", with: "_"))\(Self.suffix)" }

    private static let suffix = ".pem"
}
