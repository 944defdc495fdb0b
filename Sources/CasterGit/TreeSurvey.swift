import CLibgit2
import CasterCore

/// Walks a tree before anything is written: counts what it would take, so that a few kilobytes which unfold to 10^10
/// files cost no more than the limit, and refuses names that no folder can hold.
struct TreeSurvey {
    let repository: Repository
    /// Files and folders at most.
    let limit: Int
    private(set) var entries = 0
    /// Files and folders that must be written: not in the previous release.
    private(set) var writes = 1
    private(set) var submodules: [String] = []

    init(repository: Repository, limit: Int) {
        self.repository = repository
        self.limit = limit
    }

    mutating func visit(_ tree: Tree, previous: Tree?, path: String) throws {
        for index in 0..<tree.count {
            let entry = tree[index]
            if Self.isOmitted(entry.name) { continue }
            try check(entry, in: path)
            entries += 1
            guard entries <= limit else {
                throw Refusal.tooLarge("the site has more than \(limit) files and folders (CASTER_RELEASE_ENTRIES)")
            }
            let old = previous?[entry.name]
            let entryPath = path + entry.name
            switch entry.kind {
            case .submodule: submodules.append(entryPath)
            case .folder:
                writes += 1
                let oldTree = old?.kind == .folder ? try old.map { try Tree($0.id, in: repository) } : nil
                try visit(Tree(entry.id, in: repository), previous: oldTree, path: entryPath + "/")
            case .file, .link:
                if old.map(entry.isSame) != true { writes += 1 }
            }
        }
    }

    /// Git's own files, in any disguise that a file system may take for them.
    static func isOmitted(_ name: String) -> Bool {
        let name = name.lowercased()
        if name.hasPrefix(".git") { return true }
        // No regular expression, which costs more than all else that is done for an entry.
        let number = name.utf8.dropFirst(4)
        return name.hasPrefix("git~") && !number.isEmpty
            && number.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }

    private func check(_ entry: TreeEntry, in path: String) throws {
        let name = entry.name
        let shown = (path + name).quoted
        guard entry.hasValidName, name != ".", name != "..", !name.isEmpty, !name.contains("/") else {
            throw Refusal.invalid("\(shown) is not a name that a file of a site can have")
        }
        guard name.utf8.count <= 255, path.utf8.count + name.utf8.count <= 1024 else {
            throw Refusal.invalid("the path \(shown) is longer than 1,024 bytes, or a part of it longer than 255")
        }
    }
}
