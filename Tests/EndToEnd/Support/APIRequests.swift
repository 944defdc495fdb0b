import Foundation

/// A file as paste and one-shot deploy take it.
struct PastedFile: Encodable, Sendable {
    let name: String
    let content: String
    var encoding: String?

    init(_ name: String, _ content: String, encoding: String? = nil) {
        self.name = name
        self.content = content
        self.encoding = encoding
    }
}

/// The body of a paste or a one-shot deploy.
struct FilesRequest: Encodable, Sendable {
    let files: [PastedFile]
    var site: String?

    init(_ files: [PastedFile], site: String? = nil) {
        self.files = files
        self.site = site
    }

    /// The body for one page that says this.
    static func page(_ text: String, site: String? = nil) throws -> String {
        try FilesRequest([PastedFile("index.html", text)], site: site).text
    }

    var text: String {
        get throws { String(decoding: try JSONEncoder().encode(self), as: UTF8.self) }
    }
}

extension Platform {
    /// `curl` as a person types it, with a path below `/api/v1`, or below the edge itself if it begins with `//`.
    func curl(_ options: [String], _ path: String, key: String? = nil, input: Data = Data()) async throws -> Reply {
        try await beginCurl(options, path, key: key, input: input).reply()
    }

    /// Starts such a curl and returns at once.
    func beginCurl(_ options: [String], _ path: String, key: String? = nil, input: Data = Data()) throws -> Program {
        let place = path.hasPrefix("//") ? String(path.dropFirst()) : "/api/v1\(path)"
        let bearer = key.map { ["--header", "Authorization: Bearer \($0)"] } ?? []
        return try Program(
            ["curl", "-q", "--silent", "--show-error", "--include", "--path-as-is", "--max-time", "60"] + bearer
                + options
                + ["http://localhost:\(edgePort)\(place)"],
            input: input, merged: false)
    }

    /// A one-shot deploy of one page without an account.
    func deployAnonymously(_ page: String, _ options: [String] = []) async throws -> Reply {
        try await curl(options + ["--data-binary", "@-"], "/deploy", input: Data(FilesRequest.page(page).utf8))
    }

    /// Every operation of the OpenAPI document: by path, the methods in upper case.
    func operations() async throws -> [String: Set<String>] {
        let reply = try await api("GET", "/openapi.json")
        guard case .object(let paths)? = reply.json["paths"], paths.count > 10 else {
            throw UnexpectedReply(what: "GET /openapi.json", reply: reply)
        }
        let methods: Set = ["get", "put", "post", "patch", "delete"]
        return paths.mapValues { Set($0.names.intersection(methods).map { $0.uppercased() }) }
    }

    /// What the store, the repositories and the folders of sites have of a site, in words; empty if nothing is left.
    func traces(of siteID: String) throws -> [String] {
        let short = String(siteID.prefix(8))
        var found: [String] = []
        for folder in ["repos", "sites", "hosts"] {
            for name in try FileManager.default.contentsOfDirectory(atPath: "\(dataFolder)/\(folder)")
            where name.hasPrefix(siteID) || name.hasPrefix("\(short).") {
                found.append("\(folder)/\(name)")
            }
        }
        return found
    }
}

extension Program {
    /// Waits for the end of a `curl --include`.
    func reply() async throws -> Reply {
        try Reply(try await wait(within: .seconds(90)).orThrow(words.joined(separator: " ")).output)
    }
}

extension Account {
    /// `curl` with this account's key.
    func curl(_ options: [String], _ path: String, input: Data = Data()) async throws -> Reply {
        try await platform.curl(options, path, key: apiKey, input: input)
    }

    /// A one-shot deploy with this account's key.
    func deployOnce(_ page: String, to site: String? = nil) async throws -> Reply {
        try await api("POST", "/deploy", body: FilesRequest.page(page, site: site))
    }

    /// A site of this account's as a reply names it.
    func site(_ json: JSON?) throws -> Site {
        guard let siteID = json?["site_id"]?.string else {
            throw TimedOut(what: "no site in a reply", seen: "\(json as Any)")
        }
        return Site(
            owner: self, siteID: siteID, gitURL: "ssh://git@localhost:\(platform.sshPort)/\(siteID.prefix(8)).git")
    }

    func rename(_ identifier: String, to name: String) async throws -> Reply {
        let body = String(decoding: try JSONEncoder().encode(["name": name]), as: UTF8.self)
        return try await api("PATCH", "/sites/\(identifier)", body: body)
    }

    func claim(_ token: String) async throws -> Reply {
        try await api("POST", "/claim", body: #"{"claim_token": "\#(token)"}"#)
    }
}

extension Site {
    func paste(_ files: PastedFile...) async throws -> Reply { try await paste(files) }

    func paste(_ files: [PastedFile]) async throws -> Reply {
        try await owner.api("POST", "/sites/\(short)/paste", body: FilesRequest(files).text)
    }

    /// Pastes one page, and waits until visitors see it. Returns the deployment's ID.
    @discardableResult
    func pastePage(_ text: String) async throws -> Int {
        try await untilLive(try await paste(PastedFile("index.html", text)))
    }

    func upload(_ archive: String, _ options: [String] = []) async throws -> Reply {
        try await owner.curl(options + ["--form", "file=@\(archive)"], "/sites/\(short)/deploy")
    }

    /// Waits until an accepted deployment is live, and returns its ID.
    @discardableResult
    func untilLive(_ reply: Reply) async throws -> Int {
        guard reply.status == 202, let id = reply.json["deployment_id"]?.number else {
            throw UnexpectedReply(what: "a deploy", reply: reply)
        }
        let ended = try await untilEnded(id)
        guard ended["status"] == .string("live") else { throw TimedOut(what: "not live", seen: "\(ended)") }
        return id
    }

    /// Waits until a deployment has ended, and returns it.
    @discardableResult
    func untilEnded(_ id: Int) async throws -> JSON {
        try await eventually("deployment \(id) did not end") {
            let deployment = try await deployment(id)
            return ["live", "failed", "superseded"].contains(deployment["status"]?.string) ? deployment : nil
        }
    }

    /// Clones the site with git, and returns the working copy.
    func clone() async throws -> Checkout {
        let folder = "\(owner.home)/clone\(platform.nextNumber())"
        _ = try await run(["git", "clone", "--quiet", gitURL, folder], environment: owner.environment).orThrow(
            "git clone")
        return Checkout(owner: owner, folder: folder)
    }
}
