import CasterCore
import Configuration
import Foundation
import Logging
import SystemPackage

/// Everything that can be set, read once: a flag wins over an environment variable, that over the settings file, that
/// over the default.
struct Settings: Sendable {
    let folder: DataFolder
    let address: PublicAddress
    let names: NameSettings
    let bind: String
    /// IP addresses and CIDR blocks, as nginx writes them.
    let trustedProxies: [String]
    /// Absolute path.
    let hooksFolder: String
    let logLevel: Logger.Level
    let limits: Limits
    let containers: ContainerSettings

    /// Throws `UsageError` for a value that makes no sense, or a settings file that was named and cannot be read.
    init(_ options: SettingsOptions) async throws {
        let environment = EnvironmentVariablesProvider()
        let file = options.config ?? ConfigReader(provider: environment).string(forKey: "caster.config")
        let fileProvider: EnvironmentVariablesProvider
        do {
            fileProvider = try await EnvironmentVariablesProvider(
                environmentFilePath: FilePath(file ?? "./etc/caster.env"), allowMissing: file == nil)
        } catch {
            throw UsageError("the settings file \(file ?? "./etc/caster.env") cannot be read: \(error)")
        }
        let reader = Reader(
            flags: options.values, config: ConfigReader(providers: [environment, fileProvider]))

        let here = FileManager.default.currentDirectoryPath
        func absolute(_ path: String) -> String {
            path.hasPrefix("/")
                ? path : URL(filePath: "\(here)/\(path)").standardizedFileURL.path(percentEncoded: false)
        }
        var root = absolute(try reader.text(.dataDir))
        while root.count > 1, root.hasSuffix("/") { root.removeLast() }
        folder = DataFolder(root: root)
        hooksFolder = absolute(try reader.text(.hooksDir))
        bind = try reader.text(.bind)

        let domain = try reader.domain(.domain)
        let sitesDomain = try reader.text(.sitesDomain) == "same" ? domain : reader.domain(.sitesDomain)
        let scheme = try reader.text(.scheme)
        guard scheme == "http" || scheme == "https" else {
            throw UsageError("CASTER_PUBLIC_URL_SCHEME must be http or https, not '\(scheme)'")
        }
        let publicPort = try reader.text(.publicPort) == "edge" ? nil : try reader.port(.publicPort)
        names = try reader.names(sitesDomain: sitesDomain, absolute: absolute)
        address = PublicAddress(
            domain: domain, sitesDomain: sitesDomain, scheme: names.tls == nil ? scheme : "https",
            edgePort: try reader.port(.edgePort), tlsPort: names.tls?.port, publicPort: publicPort,
            sshPort: try reader.port(.sshPort))
        trustedProxies = try Self.proxies(in: reader.text(.trustedProxies))
        guard address.edgePort != address.sshPort else {
            throw UsageError("CASTER_EDGE_PORT and CASTER_SSH_PORT must not both be \(address.edgePort)")
        }
        if let port = address.tlsPort, port == address.edgePort || port == address.sshPort {
            throw UsageError("CASTER_TLS_PORT must be another than CASTER_EDGE_PORT and CASTER_SSH_PORT, not \(port)")
        }
        let level = try reader.text(.logLevel)
        guard let logLevel = Logger.Level(rawValue: level) else {
            throw UsageError("CASTER_LOG_LEVEL must be trace, debug, info, notice, warning or error, not '\(level)'")
        }
        self.logLevel = logLevel

        var limits = Limits()
        for (setting, field) in Setting.limits {
            limits[keyPath: field] = try reader.number(setting, in: (field == \Limits.sleepAfter ? 0 : 1)...(1 << 40))
        }
        self.limits = limits

        let range = try reader.text(.subnets)
        guard let subnets = AddressRange(range) else {
            throw UsageError(
                "CASTER_CONTAINER_SUBNETS must be a block of IPv4 addresses (10.213.0.0/16), not '\(range)'")
        }
        let path = try reader.text(.healthPath)
        guard path.hasPrefix("/"), path.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else {
            throw UsageError("CASTER_HEALTH_PATH must be a path that begins with '/', not '\(path)'")
        }
        let firewall = try reader.text(.firewall)
        guard firewall == "on" || firewall == "off" else {
            throw UsageError("CASTER_CONTAINER_FIREWALL must be on or off, not '\(firewall)'")
        }
        containers = ContainerSettings(
            engine: try reader.text(.engine), subnets: subnets, healthPath: path, raisesFirewall: firewall == "on")
    }
}

extension Settings {
    private static func proxies(in text: String) throws -> [String] {
        if text == "none" { return [] }
        return try text.split(separator: ",", omittingEmptySubsequences: false).map { part in
            let block = part.trimmingCharacters(in: .whitespaces)
            let words = block.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            var (v4, v6) = (in_addr(), in6_addr())
            let bits = inet_pton(AF_INET, words[0], &v4) == 1 ? 32 : inet_pton(AF_INET6, words[0], &v6) == 1 ? 128 : 0
            let sizes = (0...bits).map(String.init)
            guard bits > 0, words.count == 1 || sizes.contains(words[1]) else {
                throw UsageError(
                    "CASTER_TRUSTED_PROXIES must be addresses or blocks (10.0.0.0/8) with commas, or none, not '\(text)'"
                )
            }
            return block
        }
    }
}

/// A setting or argument that makes no sense, in one sentence.
struct UsageError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// The settings as they were given.
struct Reader {
    /// By the setting's name.
    let flags: [String: String]
    let config: ConfigReader

    func text(_ setting: Setting) throws -> String {
        let key = ConfigKey(setting.name.lowercased().split(separator: "_").map(String.init))
        let value = flags[setting.name] ?? config.string(forKey: key) ?? setting.standard
        guard !value.isEmpty else { throw UsageError("\(setting.name) must not be empty") }
        return value
    }

    /// A host name in lower case.
    func domain(_ setting: Setting) throws -> String {
        let domain = try text(setting).lowercased()
        let labels = domain.split(separator: ".", omittingEmptySubsequences: false)
        let isName = labels.allSatisfy { label in
            (1...63).contains(label.utf8.count) && !label.hasPrefix("-") && !label.hasSuffix("-")
                && label.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }
        }
        guard isName, domain.utf8.count <= 180 else {
            throw UsageError("\(setting.name) must be a host name, not '\(domain)'")
        }
        return domain
    }

    func number(_ setting: Setting, in range: ClosedRange<Int>) throws -> Int {
        let text = try text(setting)
        guard let number = Int(text), range.contains(number) else {
            throw UsageError(
                "\(setting.name) must be a whole number from \(range.lowerBound) to \(range.upperBound), not '\(text)'")
        }
        return number
    }

    func port(_ setting: Setting) throws -> Int { try number(setting, in: 1...65535) }
}
