/// The header of one entry of a tar archive (POSIX.1-2001, pax): owned by root, dated 1970, so that the same files make
/// the same archive.
struct TarHeader {
    enum Kind {
        case file(size: Int)
        case folder
        case link(String)
    }

    static let block = 512

    let path: String
    let kind: Kind
    let mode: Int

    /// Whole blocks, with a header for long names before it where one is needed.
    var bytes: [UInt8] {
        var records = ""
        if path.utf8.count > 100 { records += Self.record("path", path) }
        if case .link(let target) = kind, target.utf8.count > 100 { records += Self.record("linkpath", target) }
        return (records.isEmpty ? [] : Self.extended(records)) + plain
    }

    private var plain: [UInt8] {
        switch kind {
        case .file(let size): Self.header(path, size: size, type: "0", mode: mode)
        case .folder: Self.header(path, size: 0, type: "5", mode: mode)
        case .link(let target): Self.header(path, size: 0, type: "2", mode: mode, link: target)
        }
    }

    private static func extended(_ records: String) -> [UInt8] {
        let content = Array(records.utf8)
        let padding = (block - content.count % block) % block
        return header("pax", size: content.count, type: "x", mode: 0o644) + content
            + [UInt8](repeating: 0, count: padding)
    }

    /// `<length> <key>=<value>\n`, where the length counts itself.
    private static func record(_ key: String, _ value: String) -> String {
        let rest = " \(key)=\(value)\n"
        var length = rest.utf8.count + 1
        while String(length).utf8.count + rest.utf8.count != length { length += 1 }
        return "\(length)\(rest)"
    }

    private static func header(_ path: String, size: Int, type: Character, mode: Int, link: String = "") -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: block)
        func put(_ text: some Sequence<UInt8>, at offset: Int) {
            for (index, byte) in text.enumerated() { bytes[offset + index] = byte }
        }
        func octal(_ number: Int, digits: Int) -> [UInt8] {
            let text = String(number, radix: 8)
            return Array((String(repeating: "0", count: max(0, digits - text.utf8.count)) + text).utf8)
        }
        put(path.utf8.prefix(100), at: 0)
        put(octal(mode, digits: 7), at: 100)
        put(octal(0, digits: 7), at: 108)
        put(octal(0, digits: 7), at: 116)
        put(octal(size, digits: 11), at: 124)
        put(octal(0, digits: 11), at: 136)
        put(String(repeating: " ", count: 8).utf8, at: 148)
        put(String(type).utf8, at: 156)
        put(link.utf8.prefix(100), at: 157)
        put("ustar\0".utf8, at: 257)
        put("00".utf8, at: 263)
        put("root".utf8, at: 265)
        put("root".utf8, at: 297)
        let sum = bytes.reduce(0) { $0 + Int($1) }
        put(octal(sum, digits: 6) + [0, UInt8(ascii: " ")], at: 148)
        return bytes
    }
}
