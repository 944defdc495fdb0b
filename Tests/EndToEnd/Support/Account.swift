import Foundation

/// A person with an account, an SSH key and a home folder.
struct Account: Sendable {
    let platform: Platform
    let email: String
    let apiKey: String
    let home: String
    /// Path of the private key; the public one is beside it, with `.pub`.
    let sshKey: String

    /// What `ssh-keygen -lf` says of the key.
    var fingerprint: String {
        get async throws {
            try await run(["ssh-keygen", "-lf", "\(sshKey).pub"]).orThrow("ssh-keygen").text
                .split(separator: " ").map(String.init)[1]
        }
    }

    /// Everything that `git` and `ssh` find around them.
    var environment: [String: String] {
        [
            "HOME": home, "GIT_CONFIG_GLOBAL": "\(home)/.gitconfig", "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_SSH_COMMAND": (["ssh"] + sshOptions).joined(separator: " "), "GIT_TERMINAL_PROMPT": "0",
        ]
    }

    var sshOptions: [String] { Self.sshOptions(home: home) + ["-i", sshKey] }

    static func sshOptions(home: String) -> [String] {
        [
            "-F", "none", "-o", "BatchMode=yes", "-o", "IdentitiesOnly=yes", "-o", "IdentityAgent=none",
            "-o", "UserKnownHostsFile=\(home)/known_hosts", "-o", "StrictHostKeyChecking=yes",
        ]
    }

    /// Runs `ssh <options> git@localhost <command>`.
    func ssh(
        _ command: String? = nil, options: [String] = [], input: Data = Data(), merged: Bool = true
    ) async throws -> Outcome {
        try await run(sshWords(command, options: options), environment: environment, input: input, merged: merged)
    }

    func sshWords(_ command: String? = nil, options: [String] = []) -> [String] {
        ["ssh"] + sshOptions + ["-p", "\(platform.sshPort)"] + options + ["git@localhost"]
            + (command.map { [$0] } ?? [])
    }

    /// A request to the API with this account's key.
    func api(_ method: String, _ path: String, body: String? = nil) async throws -> Reply {
        try await platform.api(method, path, key: apiKey, body: body)
    }

    func createSite() async throws -> Site {
        let reply = try await api("POST", "/sites")
        guard reply.status == 201, let gitURL = reply.json["git_url"]?.string,
            let siteID = reply.json["site"]?["site_id"]?.string
        else { throw UnexpectedReply(what: "POST /sites", reply: reply) }
        return Site(owner: self, siteID: siteID, gitURL: gitURL)
    }

    /// Adds this account's SSH key, and returns its ID.
    @discardableResult
    func addSSHKey() async throws -> Int {
        let line = try String(contentsOfFile: "\(sshKey).pub", encoding: .utf8).trimmingCharacters(in: .newlines)
        let reply = try await api("POST", "/ssh-keys", body: #"{"public_key": "\#(line)"}"#)
        guard reply.status == 201, let id = reply.json["id"]?.number else {
            throw UnexpectedReply(what: "POST /ssh-keys", reply: reply)
        }
        return id
    }
}

struct UnexpectedReply: Error, CustomStringConvertible {
    let what: String
    let reply: Reply

    var description: String { "\(what): \(reply.status) \(reply.text)" }
}

extension Platform {
    /// Registers a new person, who makes an SSH key and adds it unless `addsKey` is false.
    func account(addsKey: Bool = true) async throws -> Account {
        let number = nextNumber()
        let home = "\(folder)/home\(number)"
        try FileManager.default.createDirectory(atPath: home, withIntermediateDirectories: false)
        try """
        [user]
            name = Person \(number)
            email = person\(number)@example.com
        [init]
            defaultBranch = main
        [advice]
            detachedHead = false

        """.write(toFile: "\(home)/.gitconfig", atomically: true, encoding: .utf8)
        try knownHost.write(toFile: "\(home)/known_hosts", atomically: true, encoding: .utf8)
        let sshKey = try await makeKey("\(home)/id")
        let email = "person\(number)@example.com"
        let reply = try await api(
            "POST", "/auth/register", body: #"{"email": "\#(email)", "password": "correct horse"}"#)
        guard reply.status == 201, let apiKey = reply.json["api_key"]?.string else {
            throw UnexpectedReply(what: "POST /auth/register", reply: reply)
        }
        let account = Account(platform: self, email: email, apiKey: apiKey, home: home, sshKey: sshKey)
        if addsKey { try await account.addSSHKey() }
        return account
    }

    /// Makes an SSH key pair, and returns the path.
    func makeKey(_ path: String, _ options: [String] = ["-t", "ed25519"]) async throws -> String {
        _ = try await run(["ssh-keygen", "-q", "-N", "", "-C", "somebody@laptop", "-f", path] + options)
            .orThrow("ssh-keygen")
        return path
    }
}
