import Foundation
import Testing

/// Every list: a bare array, newest first, `limit` and `cursor`, and the next page in `Link`.
@Suite(.timeLimit(.minutes(2)))
struct PagingTests {
    @Test func everyListHasPages() async throws {
        try await withPlatform { platform in
            let account = try await platform.account(addsKey: false)
            let site = try await account.createSite()
            for number in 1...7 {
                try await site.pastePage("page \(number)")
                _ = try await account.api("POST", "/sites")
                _ = try await account.api("POST", "/api-keys", body: #"{"name": "key \#(number)"}"#)
                let key = try await platform.makeKey("\(account.home)/key\(number)")
                let line = try String(contentsOfFile: "\(key).pub", encoding: .utf8).trimmingCharacters(in: .newlines)
                #expect(try await account.api("POST", "/ssh-keys", body: #"{"public_key": "\#(line)"}"#).status == 201)
            }
            for (path, count) in [
                ("/sites", 8), ("/api-keys", 8), ("/ssh-keys", 7), ("/sites/\(site.short)/deployments", 7),
            ] {
                let whole = try await account.api("GET", path)
                let all = try #require(whole.json.array)
                #expect(all.count == count, "\(path)")
                #expect(whole.header("Link") == nil)
                let ids = all.compactMap { $0["id"]?.number }
                #expect(ids == ids.sorted(by: >), "\(path)")

                for limit in [1, 3, count - 1, count] {
                    var pages: [[JSON]] = []
                    var next: String? = "\(path)?limit=\(limit)"
                    while let page = next {
                        let reply = try await account.api("GET", page)
                        #expect(reply.status == 200)
                        pages.append(try #require(reply.json.array))
                        next = try reply.header("Link").map { header in
                            let link = try #require(
                                header.wholeMatch(of: /<\/api\/v1([^>]+)>; rel="next"/), "\(header)")
                            return String(link.1)
                        }
                        #expect(pages.count <= count)
                    }
                    #expect(pages.flatMap { $0 } == all, "\(path) by \(limit)")
                    #expect(pages.dropLast().allSatisfy { $0.count == limit })
                    #expect(pages.last?.isEmpty == false, "\(path) by \(limit): no empty last page")
                }
            }
        }
    }

    @Test func pagesThatAreNone() async throws {
        try await withPlatform { platform in
            let account = try await platform.account(addsKey: false)
            for query in [
                "limit=0", "limit=-1", "limit=1001", "limit=x", "limit=", "limit=1.5", "limit=99999999999999999999",
                "cursor=0",
                "cursor=x", "cursor=-3", "cursor=", "cursor=1%27%20OR%201",
            ] {
                let reply = try await account.api("GET", "/sites?\(query)")
                #expect(reply.status == 400, "\(query)")
                expectError(reply, 400, String(query.prefix { $0 != "=" }))
            }
            #expect(try await account.api("GET", "/sites?limit=1000&cursor=9223372036854775807").json == .array([]))
            // A page shows nobody else's.
            let other = try await platform.account(addsKey: false)
            _ = try await other.createSite()
            #expect(try await account.api("GET", "/sites?limit=1").json == .array([]))
        }
    }
}
