/// A site, and what its owner does with it.
struct Site: Sendable {
    let owner: Account
    /// 32 hex digits.
    let siteID: String
    let gitURL: String

    var platform: Platform { owner.platform }
    var short: String { String(siteID.prefix(8)) }
    var host: String { "\(short).caster.localhost" }
    var url: String { "http://\(host):\(platform.edgePort)" }
    /// Path of the bare repository.
    var repository: String { "\(platform.dataFolder)/repos/\(siteID).git" }

    /// What a visitor gets.
    func get(_ path: String = "/", method: String = "GET", headers: [String] = []) async throws -> Reply {
        try await platform.get(host: host, path: path, method: method, headers: headers)
    }

    /// The deployments, newest first, as the API lists them.
    func deployments() async throws -> [JSON] {
        let reply = try await owner.api("GET", "/sites/\(short)/deployments?limit=1000")
        guard reply.status == 200, let list = reply.json.array else {
            throw UnexpectedReply(what: "GET deployments", reply: reply)
        }
        return list
    }

    /// One deployment, with its build log.
    func deployment(_ id: Int) async throws -> JSON {
        try await owner.api("GET", "/sites/\(short)/deployments/\(id)").json
    }

    /// A new working copy with `main` checked out, nothing in it, and the remote `caster`.
    func checkout() async throws -> Checkout {
        let folder = "\(owner.home)/work\(platform.nextNumber())"
        _ = try await run(["git", "init", "-q", "-b", "main", folder], environment: owner.environment).orThrow(
            "git init")
        let checkout = Checkout(owner: owner, folder: folder)
        try await checkout.git("remote", "add", "caster", gitURL)
        return checkout
    }

    /// A working copy with one page that is live already.
    func deployed(_ page: String = "<h1>Hello</h1>\n") async throws -> Checkout {
        let checkout = try await checkout()
        try await checkout.commit(["index.html": page])
        _ = try await checkout.push().orThrow("git push")
        return checkout
    }
}
