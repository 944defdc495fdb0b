/// The commands that a client may run. They are recognised here, by a grammar and without a shell:
///
///     command = verb " " argument
///     verb = "git-receive-pack" / "git receive-pack" / "git-upload-pack" / "git upload-pack"
///     argument = bare word / quoted as git quotes ('…', with '\'' and '\!' inside)
///     repository = ["/"] identifier [".git"] ["/"]
///     logs = "logs " argument
enum ClientCommand: Sendable, Hashable {
    /// `git push`. The identifier is a short ID, a name, or whatever else the client wrote.
    case receivePack(site: String)
    /// `git fetch`, `git pull`, `git clone`, `git ls-remote`.
    case uploadPack(site: String)
    /// What a site's container prints.
    case logs(site: String)

    /// Returns nil for every other command.
    init?(_ text: String) {
        for verb in ["receive-pack", "upload-pack"] {
            for prefix in ["git-\(verb) ", "git \(verb) "] where text.hasPrefix(prefix) {
                guard let argument = Self.argument(text.dropFirst(prefix.count)) else { return nil }
                let site = Self.identifier(argument)
                self = verb == "receive-pack" ? .receivePack(site: site) : .uploadPack(site: site)
                return
            }
        }
        if text.hasPrefix("logs "), let argument = Self.argument(text.dropFirst("logs ".count)) {
            self = .logs(site: Self.identifier(argument))
            return
        }
        return nil
    }

    /// The one argument, without its quotes; nil if there are more, or none.
    private static func argument(_ text: Substring) -> String? {
        if text.hasPrefix("'") { return unquoted(text) }
        let isBareWord = text.utf8.allSatisfy { byte in
            byte > 0x20 && byte < 0x7f && !"'\"\\$`*?[]{}()<>|&;#!~".utf8.contains(byte)
        }
        return isBareWord && !text.isEmpty && !text.hasPrefix("-") ? String(text) : nil
    }

    private static func unquoted(_ text: Substring) -> String? {
        var rest = text
        var result = ""
        while rest.popFirst() == "'" {
            guard let end = rest.firstIndex(of: "'") else { return nil }
            result += rest[..<end]
            rest = rest[rest.index(after: end)...]
            if rest.isEmpty { return result }
            guard let escape = ["\\''", "\\!'"].first(where: rest.hasPrefix) else { return nil }
            result += escape.dropFirst().prefix(1)
            rest = rest.dropFirst(2)
        }
        return nil
    }

    private static func identifier(_ path: String) -> String {
        var path = path[...]
        if path.hasPrefix("/") { path = path.dropFirst() }
        if path.hasSuffix("/") { path = path.dropLast() }
        if path.hasSuffix(".git") { path = path.dropLast(4) }
        return String(path)
    }
}
