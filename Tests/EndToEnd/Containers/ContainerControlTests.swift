import Testing

/// Its owner stops and wakes a container by hand, over the API and in the console.
@Suite(.timeLimit(.minutes(5)))
struct ContainerControlTests {
    @Test func stoppedAndWokenByHand() async throws {
        try await withContainers { platform, engine in
            let owner = try await platform.account()
            let site = try await owner.createSite()
            _ = try await site.running()
            func post(_ what: String, by account: Account? = nil, to site: Site) async throws -> Reply {
                try await (account ?? owner).api("POST", "/sites/\(site.short)/container/\(what)")
            }

            for _ in 1...2 {
                let stopped = try await post("stop", to: site)
                #expect(stopped.status == 200)
                #expect(stopped.json.names == Fields.environment)
                #expect(stopped.json["container_state"] == .string("stopped"))
                #expect(try await engine.running(site).isEmpty)
            }
            for _ in 1...2 {
                let woken = try await post("wake", to: site)
                #expect(woken.status == 200)
                #expect(woken.json["container_state"] == .string("running"))
                #expect(try await engine.running(site).count == 1)
            }
            #expect(try await site.get().text == "hello\n")
            // A visit wakes it as well.
            _ = try await post("stop", to: site)
            #expect(try await site.get().text == "hello\n")
            #expect(try await site.containerState == "running")

            let stranger = try await platform.account()
            let files = try await owner.createSite()
            for what in ["stop", "wake"] {
                expectError(try await post(what, by: stranger, to: site), 404, "no such site")
                expectError(try await post(what, to: files), 409, "no container")
            }
            try await files.pastePage("files")
            expectError(try await post("stop", to: files), 409, "no Dockerfile")
            #expect(try await site.containerState == "running")

            let browser = BrowserTab(platform)
            try await browser.post("/sign-in", ["email": owner.email, "password": "correct horse"], from: "/sign-in")
            let page = "/sites/\(site.short)"
            #expect(try await browser.get(page).text.contains("Stop it"))
            #expect(try await !browser.get("/sites/\(files.short)").text.contains("The container is"))
            #expect(try await browser.post("\(page)/container/stop", ["form_token": "x"]).status == 403)
            #expect(try await site.containerState == "running")
            #expect(try await browser.post("\(page)/container/stop", [:], from: page).header("Location") == page)
            #expect(try await engine.running(site).isEmpty)
            #expect(try await browser.get(page).text.contains("Wake it"))
            #expect(try await browser.post("\(page)/container/wake", [:], from: page).header("Location") == page)
            #expect(try await engine.running(site).count == 1)
            #expect(try await browser.get(page).text.contains("Stop it"))
        }
    }

    /// What is under way is answered to its end, and who waits too long is told that it goes on.
    @Test func requestsUnderWayAreFinished() async throws {
        try await withContainers { platform, engine in
            let site = try await platform.account().createSite()
            _ = try await site.running()
            let visitor = Task { try await site.get("/slow?seconds=13") }
            try await eventually("the visit does not begin") {
                let socket = "\(platform.dataFolder)/run/traffic.sock"
                return try await run(["curl", "-s", "--unix-socket", socket, "http://e/traffic"]).text.contains(" 1 ")
            }
            let reply = try await site.owner.api("POST", "/sites/\(site.short)/container/stop")
            #expect(reply.status == 202)
            #expect(reply.json["container_state"] == .string("stopped"))
            #expect(try await visitor.value.text.filter(\.isNumber) == "0123456789")
            try await eventually("it does not end") { try await engine.running(site).isEmpty }
        }
    }
}
