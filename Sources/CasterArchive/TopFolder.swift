import CasterCore

/// The one folder that everything in an archive lies in, as when somebody packs `my-site/` and not what is in it.
struct TopFolder {
    private let name: [UInt8]

    /// Reads names until they tell: a first file in the root, or a second folder, ends the search. Returns nil if there
    /// is no such folder; names that break a rule are left for others to refuse.
    static func find(in archive: OpenArchive) throws -> TopFolder? {
        var found: ArraySlice<UInt8>?
        while let entry = try archive.next() {
            let name = entry.name
            if name.isLitter || name.bytes.isEmpty { continue }
            guard name.isNested || entry.isFolder, !name.first.isEmpty else { return nil }
            if let found, found != name.first { return nil }
            found = name.first
        }
        return found.map { TopFolder(name: Array($0)) }
    }

    /// What remains of a path without the folder; nil for the folder itself.
    func strip(_ path: SitePath) throws(Refusal) -> SitePath? {
        let bytes = path.text.utf8
        guard bytes.count > name.count else { return nil }
        return try SitePath(String(Substring(bytes.dropFirst(name.count + 1))))
    }
}
