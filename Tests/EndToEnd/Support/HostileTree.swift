import Foundation

/// A tree that no stock git would make. Names are read as Latin-1, so that any byte can be in one.
indirect enum HostileEntry: Encodable, Sendable {
    case file(String, mode: String = "100644")
    case link(String)
    case folder([String: HostileEntry])
    case submodule
    /// A folder with so many copies of a folder with so many copies … of a file, so many levels deep.
    case copies(Int, levels: Int)
    /// A file of so many zeros.
    case zeros(Int)

    private enum Keys: String, CodingKey { case mode, text, tree, id, copies, levels, zeros }

    func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Keys.self)
        switch self {
        case .file(let text, let mode):
            try fields.encode(mode, forKey: .mode)
            try fields.encode(text, forKey: .text)
        case .link(let target):
            try fields.encode("120000", forKey: .mode)
            try fields.encode(target, forKey: .text)
        case .folder(let entries):
            try fields.encode("40000", forKey: .mode)
            try fields.encode(entries, forKey: .tree)
        case .submodule:
            try fields.encode("160000", forKey: .mode)
            try fields.encode(String(repeating: "a", count: 40), forKey: .id)
        case .copies(let count, let levels):
            try fields.encode("40000", forKey: .mode)
            try fields.encode(count, forKey: .copies)
            try fields.encode(levels, forKey: .levels)
            try fields.encode("x", forKey: .text)
        case .zeros(let count):
            try fields.encode("100644", forKey: .mode)
            try fields.encode(count, forKey: .zeros)
        }
    }
}

extension Checkout {
    /// Makes a commit of such a tree and pushes it to `main`, whatever was there.
    func pushHostile(_ tree: [String: HostileEntry]) async throws -> Outcome {
        let commit = try await run(
            ["/usr/bin/python3", Build.script("hostile.py")], directory: folder, input: JSONEncoder().encode(tree),
            merged: false
        ).orThrow("hostile.py").line
        return try await push("--force", "caster", "\(commit):refs/heads/main")
    }
}
