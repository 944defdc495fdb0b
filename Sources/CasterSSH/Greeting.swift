import CasterCore

/// What `ssh git@host` prints.
enum Greeting {
    static func text(for identity: Identity, address: PublicAddress) -> String {
        let remote =
            address.sshPort == 22
            ? "git@\(address.sshHost):<site>.git" : "ssh://git@\(address.sshHost):\(address.sshPort)/<site>.git"
        return """
            Hello \(identity.user.email), you signed in with the key \(identity.fingerprint).
            There is no shell here, but you can push a site, fetch it and clone it:
              git remote add caster \(remote)
              git push caster main
              \(address.sshCommand) logs <site>
            <site> is a site's short ID or name. Your sites and keys: \(address.consoleURL)

            """
    }
}
