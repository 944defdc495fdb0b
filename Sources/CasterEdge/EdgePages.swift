/// The pages that the edge shows where no site does: small, without anything from elsewhere.
struct EdgePages: Sendable {
    /// Absolute path.
    let folder: String

    /// The whole content of a site to which nothing has been deployed: its own 404 page.
    var newSite: String { "\(folder)/new" }

    /// Writes every page, each atomically. Not synced.
    func write() throws(EdgeError) {
        for path in [folder, newSite] { try Disk.makeFolder(path) }
        for (name, page) in Self.all { try Disk.write(page.html, to: "\(folder)/\(name).html") }
    }

    private static let all: [(name: String, page: EdgePage)] = [
        (
            "no-site",
            EdgePage(title: "No site here", text: "There is no site at this address. Check its spelling.")
        ),
        (
            "new/404",
            EdgePage(
                title: "Nothing deployed yet",
                text: "This site exists, but nothing has been deployed to it. Push to its main branch, and reload.")
        ),
        (
            "missing",
            EdgePage(title: "Page not found", text: "This site has no page at this address.")
        ),
        (
            "method",
            EdgePage(title: "Method not allowed", text: "This site can only be read: GET and HEAD.")
        ),
        (
            "waking",
            EdgePage(
                title: "Waking up", text: "This site was asleep, and starts now. The page goes on by itself.",
                reloads: 1)
        ),
        (
            "silent",
            EdgePage(
                title: "No answer",
                text: "This site's own program does not answer at the moment. Reload in a few seconds.")
        ),
        (
            "down",
            EdgePage(
                title: "Back in a moment",
                text: "The platform is starting or being updated. Sites stay up meanwhile. Reload in a few seconds.")
        ),
    ]
}
