import CasterControl
import CasterCore

/// What somebody reads whose push moved other refs than `main`: they are kept, and nothing is deployed.
enum NotDeployed {
    /// - Parameter remote: a URL of the repository that can be pasted.
    /// - Returns: nil if refs were only deleted.
    static func text(for updates: [RefUpdate], remote: String) -> String? {
        let kept = updates.filter { !$0.isDeletion }
        let branches = kept.compactMap { $0.ref.hasPrefix("refs/heads/") ? String($0.ref.dropFirst(11)) : nil }
        guard let first = branches.first else {
            return kept.isEmpty ? nil : "Stored. Nothing was deployed: only a push to main is.\n"
        }
        let names = branches.prefix(3).map(\.quoted).joined(separator: ", ")
        let more = branches.count > 3 ? " and \(branches.count - 3) more" : ""
        return """
            Stored \(names)\(more). Nothing was deployed: only main is. To deploy it:
              git push \(remote) \(isPlain(first) ? first : "<branch>"):main

            """
    }

    /// The same for refs that came together with `main`.
    static func text(beside updates: [RefUpdate]) -> String? {
        let names = updates.filter { !$0.isDeletion && $0.ref.hasPrefix("refs/heads/") }.map {
            String($0.ref.dropFirst(11)).quoted
        }
        guard !names.isEmpty else { return nil }
        let more = names.count > 3 ? " and \(names.count - 3) more" : ""
        return "Stored \(names.prefix(3).joined(separator: ", "))\(more) too; only main is deployed.\n"
    }

    /// It can stand in a shell command as it is.
    private static func isPlain(_ name: String) -> Bool {
        !name.hasPrefix("-")
            && name.utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
                    || "._/-+@".utf8.contains(byte)
            }
    }
}
