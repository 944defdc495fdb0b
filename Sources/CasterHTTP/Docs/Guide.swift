import CasterCore
import CasterDeploy

/// What `guide.mustache` shows: the chapters of `/docs` that are no reference, with this server's addresses and limits.
struct Guide {
    let api: String
    let gitURL: String
    let siteURL: String
    /// Without a command.
    let ssh: String
    let healthSeconds: Int
    let containerMemory: String
    /// One sentence or two.
    let sleep: String

    init(_ platform: Platform) {
        let (address, limits) = (platform.address, platform.limits)
        api = "\(address.consoleURL)/api/v1"
        gitURL = address.gitURL(short: "a3f9c2e8")
        siteURL = address.siteURL(label: "a3f9c2e8")
        ssh = address.sshCommand
        healthSeconds = limits.healthSeconds
        containerMemory = APIDocument.bytes(limits.containerMemory)
        sleep =
            limits.sleepAfter == 0
            ? "It runs all the time."
            : "It sleeps after \(Moment.length(Double(limits.sleepAfter))) without a visitor. The next request wakes it, and "
                + "is held until it answers."
    }
}
