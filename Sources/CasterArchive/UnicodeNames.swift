import Glibc

/// Runs `body` in a locale whose text is UTF-8, on this thread only. libarchive brings the names that an archive declares
/// to be UTF-8 into the thread's locale, and fails where that is `C`, as a server's is.
func withUnicodeNames<Result>(_ body: () throws -> Result) rethrows -> Result {
    let previous = uselocale(unicodeLocale.handle)
    defer { uselocale(previous) }
    return try body()
}

/// Made once; lives as long as the process.
private struct Locale: Sendable {
    private let bits: UInt

    init(named name: String) {
        guard let locale = newlocale(LC_CTYPE_MASK, name, nil) else {
            preconditionFailure("the C library has no locale \(name)")
        }
        bits = UInt(bitPattern: locale)
    }

    var handle: locale_t? { locale_t(bitPattern: bits) }
}

private let unicodeLocale = Locale(named: "C.UTF-8")
