import ArgumentParser

@main
struct Caster: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "caster",
        abstract: "A deploy platform: hand over files, get a URL that serves them.",
        discussion: """
            `caster serve` runs everything in one process, with nginx beside it. Where the roles shall be apart, run \
            `caster ssh`, `caster http`, `caster build` and `caster edge` on the same data folder; each may be \
            stopped and started at any time.

            Settings, as environment variables or as lines NAME=value in the settings file (defaults in brackets):

            \(Setting.table)
            """,
        subcommands: [Serve.self, SSH.self, HTTP.self, Build.self, EdgeRole.self])
}
