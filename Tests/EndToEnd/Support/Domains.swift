import Foundation

extension Site {
    /// Asks for the site to answer under a domain.
    func addDomain(_ domain: String) async throws -> Reply {
        let body = String(decoding: try JSONEncoder().encode(["domain": domain]), as: UTF8.self)
        return try await owner.api("POST", "/sites/\(short)/domains", body: body)
    }

    func domain(_ domain: String) async throws -> JSON {
        try await owner.api("GET", "/sites/\(short)/domains/\(domain)").json
    }

    func check(_ domain: String) async throws {
        let reply = try await owner.api("POST", "/sites/\(short)/domains/\(domain)/check")
        guard reply.status == 202 else { throw UnexpectedReply(what: "check", reply: reply) }
    }

    /// Waits until a domain has a status; asks for checks meanwhile, as somebody does who looks at it.
    @discardableResult
    func until(_ domain: String, is status: String, within time: Duration = .seconds(30)) async throws -> JSON {
        var seen = JSON.null
        do {
            return try await eventually("\(domain) is not \(status)", within: time) {
                seen = try await self.domain(domain)
                return seen["status"] == .string(status) ? seen : nil
            }
        } catch let error as TimedOut {
            throw TimedOut(what: error.what, seen: "\(seen)")
        }
    }

    /// Adds a domain, sets the records that the answer names, and waits until it has a status.
    func settle(_ domain: String, in server: NameServer, is status: String) async throws {
        let reply = try await addDomain(domain)
        guard reply.status == 201 else { throw UnexpectedReply(what: "POST domains", reply: reply) }
        try await server.set(reply.json)
        try await check(domain)
        try await until(domain, is: status)
    }
}

extension NameServer {
    /// Sets the records that a domain's answer names.
    func set(_ domain: JSON) async throws {
        for record in domain["records"]?.array ?? [] {
            guard let type = record["type"]?.string, let name = record["name"]?.string,
                let value = record["value"]?.string
            else { continue }
            let data = type == "TXT" ? "\"\(value)\"" : type == "CNAME" ? "\(value)." : value
            try await update("add \(name). 60 \(type) \(data)")
        }
    }
}
