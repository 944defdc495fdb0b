/// The media types by file name extension, from the IANA registry where it has one and from what browsers expect where it
/// does not. nginx's own list differs between packages, so it is not used.
enum MediaTypes {
    /// What an unknown extension is: a download.
    static let standard = "application/octet-stream"

    /// UTF-8 is declared for these; other types carry their encoding themselves or have none.
    static let withCharset = [
        "text/css", "text/csv", "text/calendar", "text/javascript", "text/plain", "text/vcard", "text/vtt",
    ]

    /// Compressed on the fly. HTML always is.
    static let compressible =
        withCharset + [
            "application/atom+xml", "application/json", "application/ld+json", "application/manifest+json",
            "application/rss+xml", "application/wasm", "application/xhtml+xml", "application/xml", "font/otf",
            "font/ttf",
            "image/bmp", "image/svg+xml", "image/x-icon", "model/gltf+json",
        ]

    /// The body of nginx's `types` block.
    static var directives: String {
        byType.map { "        \($0.type) \($0.extensions);" }.joined(separator: "\n")
    }

    private static let byType: [(type: String, extensions: String)] = [
        ("text/html", "html htm shtml"),
        ("text/css", "css"),
        ("text/javascript", "js mjs cjs"),
        ("text/plain", "txt text log conf ini md markdown"),
        ("text/csv", "csv"),
        ("text/calendar", "ics"),
        ("text/vcard", "vcf"),
        ("text/vtt", "vtt"),
        ("application/json", "json map topojson"),
        ("application/geo+json", "geojson"),
        ("application/ld+json", "jsonld"),
        ("application/manifest+json", "webmanifest"),
        ("application/xml", "xml xsl xslt"),
        ("application/xhtml+xml", "xhtml"),
        ("application/rss+xml", "rss"),
        ("application/atom+xml", "atom"),
        ("application/wasm", "wasm"),
        ("application/pdf", "pdf"),
        ("application/rtf", "rtf"),
        ("application/epub+zip", "epub"),
        ("application/zip", "zip"),
        ("application/gzip", "gz tgz"),
        ("application/zstd", "zst"),
        ("application/x-bzip2", "bz2"),
        ("application/x-xz", "xz"),
        ("application/x-tar", "tar"),
        ("application/x-7z-compressed", "7z"),
        ("application/vnd.rar", "rar"),
        ("application/java-archive", "jar"),
        ("application/vnd.android.package-archive", "apk"),
        ("application/vnd.apple.mpegurl", "m3u8"),
        ("application/dash+xml", "mpd"),
        ("application/msword", "doc"),
        ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx"),
        ("application/vnd.ms-excel", "xls"),
        ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"),
        ("application/vnd.ms-powerpoint", "ppt"),
        ("application/vnd.openxmlformats-officedocument.presentationml.presentation", "pptx"),
        ("application/vnd.oasis.opendocument.text", "odt"),
        ("application/vnd.oasis.opendocument.spreadsheet", "ods"),
        ("application/vnd.oasis.opendocument.presentation", "odp"),
        ("application/pgp-keys", "asc"),
        ("application/vnd.ms-fontobject", "eot"),
        ("font/woff", "woff"),
        ("font/woff2", "woff2"),
        ("font/ttf", "ttf"),
        ("font/otf", "otf"),
        ("image/apng", "apng"),
        ("image/avif", "avif"),
        ("image/bmp", "bmp"),
        ("image/gif", "gif"),
        ("image/heic", "heic"),
        ("image/jpeg", "jpg jpeg jfif"),
        ("image/jxl", "jxl"),
        ("image/png", "png"),
        ("image/svg+xml", "svg"),
        ("image/tiff", "tif tiff"),
        ("image/webp", "webp"),
        ("image/x-icon", "ico cur"),
        ("audio/aac", "aac"),
        ("audio/flac", "flac"),
        ("audio/midi", "mid midi"),
        ("audio/mp4", "m4a"),
        ("audio/mpeg", "mp3"),
        ("audio/ogg", "ogg oga opus"),
        ("audio/wav", "wav"),
        ("audio/webm", "weba"),
        ("video/mp2t", "ts"),
        ("video/mp4", "mp4 m4v"),
        ("video/mpeg", "mpeg mpg"),
        ("video/ogg", "ogv"),
        ("video/quicktime", "mov"),
        ("video/webm", "webm"),
        ("video/x-msvideo", "avi"),
        ("video/x-matroska", "mkv"),
        ("model/gltf+json", "gltf"),
        ("model/gltf-binary", "glb"),
    ]
}
