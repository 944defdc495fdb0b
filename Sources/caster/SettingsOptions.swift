import ArgumentParser

/// The flags that every role takes.
struct SettingsOptions: ParsableArguments {
    @Option(help: "Settings file with lines NAME=value (CASTER_CONFIG; default: ./etc/caster.env if it is there).")
    var config: String?

    @Option(help: "Folder that holds everything the platform keeps (CASTER_DATA_DIR).")
    var dataDir: String?

    @Option(help: "Sites answer at <label>.<domain> (CASTER_DOMAIN).")
    var domain: String?

    @Option(help: "Port of the edge (CASTER_EDGE_PORT).")
    var edgePort: String?

    @Option(help: "Port of the SSH server (CASTER_SSH_PORT).")
    var sshPort: String?

    @Option(help: "Address to bind to (CASTER_BIND).")
    var bind: String?

    @Option(help: "trace, debug, info, notice, warning or error (CASTER_LOG_LEVEL).")
    var logLevel: String?

    /// What was given, by the names of the settings.
    var values: [String: String] {
        let given: [(Setting, String?)] = [
            (.dataDir, dataDir), (.domain, domain), (.edgePort, edgePort), (.sshPort, sshPort), (.bind, bind),
            (.logLevel, logLevel),
        ]
        return Dictionary(uniqueKeysWithValues: given.compactMap { setting, value in value.map { (setting.name, $0) } })
    }
}
