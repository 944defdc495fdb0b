/// The paths of one site as they come in: finds names given twice, and files that would have to be folders too.
public struct SitePathSet: Sendable {
    private struct Place: Hashable {
        /// Number of the folder; 0 is the root.
        let folder: Int
        let name: String
    }

    private enum Occupant {
        case file
        case folder(Int)
    }

    private var occupants: [Place: Occupant] = [:]
    private var folders = 0
    private let entryLimit: Int

    /// - Parameter entryLimit: files and folders at most, those included that exist only in files' paths: ten thousand
    ///   paths of 1,024 bytes can name five million folders.
    public init(entryLimit: Int = Limits().releaseEntries) { self.entryLimit = entryLimit }

    /// Adds a file.
    ///
    /// Throws `Refusal.invalid` if the path is taken, or a part of it before the last is a file; `.tooLarge` beyond the
    /// limit. The set is of no use after a throw.
    public mutating func insert(_ path: SitePath) throws(Refusal) {
        var parts = path.parts
        let name = parts.removeLast()
        let place = Place(folder: try enter(parts, of: path), name: name)
        switch occupants[place] {
        case nil: try occupy(place, .file)
        case .file: throw .invalid("\(path.text.quoted) is there twice")
        case .folder: throw .invalid("\(path.text.quoted) is both a file and a folder")
        }
    }

    /// Adds a folder, which may be there already. Throws as `insert(_:)` does.
    public mutating func insert(folder path: SitePath) throws(Refusal) {
        _ = try enter(path.parts, of: path)
    }

    private mutating func enter(_ parts: [String], of path: SitePath) throws(Refusal) -> Int {
        var current = 0
        for (index, name) in parts.enumerated() {
            let place = Place(folder: current, name: name)
            guard let found = occupants.index(forKey: place) else {
                folders += 1
                current = folders
                try occupy(place, .folder(current))
                continue
            }
            guard case .folder(let number) = occupants.values[found] else {
                throw .invalid("\(Self.shown(parts[...index])) is both a file and a folder")
            }
            guard occupants.keys[found].name.utf8.elementsEqual(name.utf8) else {
                throw .invalid(
                    "the folder \(Self.shown(parts[...index])) is there in two spellings, which differ in how its accents"
                        + " are made")
            }
            current = number
        }
        return current
    }

    private static func shown(_ parts: ArraySlice<String>) -> String { parts.joined(separator: "/").quoted }

    private mutating func occupy(_ place: Place, _ occupant: Occupant) throws(Refusal) {
        guard occupants.count < entryLimit else {
            throw .tooLarge("the site has more than \(entryLimit) files and folders (CASTER_RELEASE_ENTRIES)")
        }
        occupants[place] = occupant
    }
}
