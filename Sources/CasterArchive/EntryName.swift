import CasterCore

/// The name of an entry as the archive has it, before any rule was applied.
struct EntryName {
    /// Without the `./` that tar writes in front, and the `/` that ends a folder's name. Empty for the root itself.
    let bytes: ArraySlice<UInt8>

    init(_ raw: some Sequence<UInt8>) {
        var bytes = Array(raw)[...]
        let (dot, slash) = (UInt8(ascii: "."), UInt8(ascii: "/"))
        while bytes.starts(with: [dot, slash]) { bytes = bytes.dropFirst(2) }
        if bytes.last == slash, bytes.count > 1 { bytes = bytes.dropLast() }
        if bytes.elementsEqual([dot]) { bytes = [] }
        self.bytes = bytes
    }

    /// For a message.
    var quoted: String { String(decoding: bytes, as: UTF8.self).quoted }

    /// The part before the first slash.
    var first: ArraySlice<UInt8> { bytes.prefix { $0 != UInt8(ascii: "/") } }

    /// It lies in a folder.
    var isNested: Bool { first.count < bytes.count }

    /// Nobody means to publish it: what macOS adds to an archive (`__MACOSX`, `.DS_Store`, `._…`), and the folder in
    /// which git keeps the history, wherever it lies.
    var isLitter: Bool {
        let parts = bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        if parts.contains(where: { $0.elementsEqual(".git".utf8) || $0.elementsEqual("__MACOSX".utf8) }) { return true }
        guard let last = parts.last else { return false }
        return last.elementsEqual(".DS_Store".utf8) || last.starts(with: "._".utf8)
    }
}
