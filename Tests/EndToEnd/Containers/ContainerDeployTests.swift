import Foundation
import Testing

/// A commit with a Dockerfile in its root is built, started, checked and shown.
@Suite(.timeLimit(.minutes(5)))
struct ContainerDeployTests {
    @Test func aDockerfileGoesLive() async throws {
        try await withContainers { platform, engine in
            let site = try await platform.account().createSite()
            let checkout = try await site.checkout()
            let push = try await checkout.push(App())

            #expect(push.status == 0)
            #expect(push.text.contains("remote: Step 1/6 : FROM base"), "\(push.text)")
            #expect(push.text.contains(/Healthy: GET \/ on port 8080 answered 200 after \d+ ms/))
            #expect(push.text.contains("Live in"))
            #expect(try await site.get().text == "hello\n")

            let deployment = try await site.deployment(1)
            #expect(deployment["status"] == .string("live"))
            #expect(deployment["container_port"]?.number == 8080)
            let commit = try #require(deployment["commit_sha"]?.string)
            #expect(deployment["image_tag"]?.string == "\(site.short)-\(commit.prefix(8))")
            #expect(deployment["build_log"]?.string?.hasPrefix("Step 1/6 : FROM base\n") == true)
            #expect(try await engine.images().contains { $0.hasSuffix(":\(site.short)-\(commit.prefix(8))") })
            #expect(try await site.containerState == "running")
            let environment = try await site.get("/env").json
            #expect(environment["PORT"]?.string == "8080")
            #expect(environment.names.isDisjoint(with: ["DOCKER_HOST", "CASTER_DATA_DIR"]))
            // What a visitor's request says of itself arrives.
            let headers = try await site.get("/headers", headers: ["X-Mine: yes"]).json
            #expect(headers["Host"]?.string == "\(site.host):\(platform.edgePort)")
            #expect(headers["X-Mine"]?.string == "yes")
            #expect(headers["X-Forwarded-Proto"]?.string == "http")
            // Everything that the platform made bears its label.
            for path in ["/containers/json?all=1", "/networks", "/images/json"] {
                for made in try await engine.call("GET", path).array ?? [] {
                    let name =
                        made["Names"]?.array?.first?.string ?? made["Name"]?.string
                        ?? made["RepoTags"]?.array?.first?.string ?? ""
                    guard name.contains("caster-") else { continue }
                    #expect(made["Labels"]?["zip.caster"]?.string?.hasSuffix("/\(site.siteID)") == true, "\(name)")
                }
            }
        }
    }

    @Test func anotherPushReplacesItAndTheOldOneEnds() async throws {
        try await withContainers { platform, engine in
            let site = try await platform.account().createSite()
            let checkout = try await site.running()
            let first = try await engine.running(site)
            let push = try await checkout.push(.with { $0.page = "second\n" })
            #expect(push.text.contains("Using cache"))
            #expect(push.text.contains("Live in"), "\(push.text)")
            #expect(try await site.get().text == "second\n")
            try await eventually("the old container is still there") {
                let all = try await engine.containers()
                return try await engine.running(site).count == 1 && all.filter { $0.contains(site.short) }.count == 1
            }
            #expect(try await engine.running(site) != first)
        }
    }

    @Test(arguments: [
        ([String](), 80), (["EXPOSE 9000", "EXPOSE 8081/tcp", "EXPOSE 53/udp"], 8081), (["EXPOSE 53/udp"], 80),
    ])
    func thePortIsTheImages(_ expose: [String], _ port: Int) async throws {
        try await withContainers { platform, _ in
            let site = try await platform.account().createSite()
            _ = try await site.running(.with { $0.expose = expose })
            #expect(try await site.deployment(1)["container_port"]?.number == port)
            #expect(try await site.get("/env").json["PORT"]?.string == "\(port)")
        }
    }

    @Test func everyMethodAndPathArrives() async throws {
        try await withContainers { platform, _ in
            let site = try await platform.account().createSite()
            _ = try await site.running()
            let body = String(repeating: "b", count: 3_000_000)
            let digest = try await run(["sha256sum"], input: Data(body.utf8)).text.prefix(64)
            for method in ["POST", "PUT", "DELETE", "PATCH"] {
                for path in ["/a/b", "/", "/.hidden", "/x.html", "/a%2Fb?c=%20d"] {
                    let reply = try await platform.curl(
                        ["--request", method, "--header", "Host: \(site.host)", "--data-binary", "@-"], "/\(path)",
                        input: Data(body.utf8))
                    #expect(reply.text == "\(method) \(path) \(digest)", "\(method) \(path)")
                }
            }
            #expect(try await site.get("/nothing").status == 404)
            #expect(try await site.get("/nothing").text == "no such page\n")
            #expect(try await site.get(method: "HEAD").status == 200)
            #expect(try await site.get(method: "TRACE").status == 405)
            #expect(try await site.get("/../../etc/passwd").status == 400)
            // A large answer, whole.
            let big = try await site.get("/big?bytes=100000000")
            #expect(big.body.count == 100_000_000)
        }
    }

    @Test func aWebSocketPassesAndALongResponseStreams() async throws {
        try await withContainers { platform, _ in
            let site = try await platform.account().createSite()
            _ = try await site.running()
            let echo = try await run([
                "python3", Build.script("websocket.py"), "\(platform.edgePort)", site.host, "hello there",
            ])
            #expect(echo.line == "hello there", "\(echo.text)")
            let reader = try Program([
                "curl", "-sN", "-H", "Host: \(site.host)", "http://127.0.0.1:\(platform.edgePort)/slow?seconds=4",
            ])
            try await eventually("nothing is passed on before the end") { reader.printed.contains("1") }
            #expect(reader.outcome == nil)
            #expect(try await reader.wait().text.filter(\.isNumber) == "0123456789")
        }
    }

    @Test func fromAContainerToFilesAndBack() async throws {
        try await withContainers { platform, engine in
            let site = try await platform.account().createSite()
            let checkout = try await site.deployed("files")
            #expect(try await checkout.push(App()).text.contains("Live in"))
            #expect(try await site.get().text == "hello\n")
            try await checkout.git("rm", "-q", "Dockerfile", "app.py")
            try await checkout.commit()
            let push = try await checkout.push()
            #expect(push.text.contains("Static site: "), "\(push.text)")
            #expect(try await site.get().text == "files")
            #expect(try await site.containerState == "stopped")
            try await eventually("the container is still there") { try await engine.containers().isEmpty }
            #expect(try await site.get("/nothing").status == 404)
            #expect(try await checkout.push(.with { $0.page = "again\n" }).text.contains("Live in"))
            #expect(try await site.get().text == "again\n")
        }
    }

    @Test func aRollbackStartsTheOldImageWithoutABuild() async throws {
        try await withContainers { platform, engine in
            let site = try await platform.account().createSite()
            let checkout = try await site.running()
            _ = try await checkout.push(
                .with {
                    $0.page = "second\n"
                    $0.expose = ["EXPOSE 9090"]
                })
            #expect(try await site.get().text == "second\n")
            let reply = try await site.owner.api("POST", "/sites/\(site.short)/deployments/1/rollback")
            let id = try await site.untilLive(reply)
            #expect(try await site.get().text == "hello\n")
            let deployment = try await site.deployment(id)
            #expect(deployment["container_port"]?.number == 8080)
            #expect(deployment["build_log"]?.string?.contains("nothing to build") == true)
            #expect(deployment["build_log"]?.string?.contains("Step 1") == false)
        }
    }

    /// Nor does a Dockerfile get another's layers removed by printing their IDs.
    @Test func theLayersOfAnEarlierStageAreUsedAgainAndGoWithTheSite() async throws {
        try await withContainers { platform, engine in
            let site = try await platform.account().createSite()
            let checkout = try await site.checkout()
            let app = App.with { $0.steps = ["COPY --from=first /made /made"] }
            var files = try app.files
            files["Dockerfile"] = "FROM base AS first\nRUN date > /made\n" + (files["Dockerfile"] ?? "")
            try await checkout.commit(files)
            #expect(try await checkout.push().text.contains("Live in"))
            for page in ["second\n", "third\n"] {
                files["page.txt"] = page
                try await checkout.commit(files)
                let push = try await checkout.push()
                #expect(push.text.contains("Live in"))
                #expect(push.text.contains(#/RUN date > /made.*\n.*Using cache/#), "\(push.text)")
            }
            // One whose first stage is another's replaces it.
            files["Dockerfile"] = files["Dockerfile"]?.replacing("RUN date", with: "RUN date -u")
            try await checkout.commit(files)
            #expect(try await checkout.push().text.contains("Live in"))
            #expect(try await engine.images().filter { $0.contains("-stage") }.count == 1)
            try await eventually("layers are left over") { try await engine.namelessImages().isEmpty }

            let image = try #require(
                try await engine.call("GET", "/images/base/json")["Id"]?.string?.dropFirst(7).prefix(12))
            try await checkout.push(.with { $0.steps = ["RUN echo ' ---> \(image)' && false"] })
            #expect(try await engine.call("GET", "/images/base/json")["Id"]?.string?.contains(image) == true)
            #expect(try await checkout.push(App()).text.contains("Live in"))

            #expect(try await site.owner.api("DELETE", "/sites/\(site.short)").status == 204)
            try await eventually("images are left over") { try await engine.images().isEmpty }
        }
    }

    /// CASTER_IMAGE_BYTES: the live image stays, and a rollback builds what went.
    @Test func imagesThatAreTooLargeTogetherGo() async throws {
        try await withContainers(settings: ["CASTER_IMAGE_BYTES": "1"]) { platform, engine in
            let site = try await platform.account().createSite()
            let checkout = try await site.running(.with { $0.page = "one\n" })
            for page in ["two\n", "three\n"] { try await checkout.push(.with { $0.page = page }) }
            try await eventually("the old images are still there", within: .seconds(90)) {
                try await engine.images().count == 1
            }
            #expect(try await site.get().text == "three\n")
            let back = try await site.owner.api("POST", "/sites/\(site.short)/deployments/1/rollback")
            let id = try await site.untilLive(back)
            #expect(try await site.get().text == "one\n")
            #expect(try await site.deployment(id)["build_log"]?.string?.contains("Step 1") == true)
        }
    }

    /// CASTER_BUILDS sites at once, and the next one waits until one of them has ended.
    @Test(arguments: [1, 2])
    func noMoreSitesAreBuiltAtOnceThanAreAllowed(_ builds: Int) async throws {
        try await withContainers(settings: ["CASTER_BUILDS": "\(builds)"]) { platform, _ in
            let account = try await platform.account()
            var busy: [(site: Site, push: Program)] = []
            for _ in 0..<builds {
                let site = try await account.createSite()
                let checkout = try await site.checkout()
                try await checkout.commit(App.with { $0.steps = ["RUN sleep 1000"] }.files)
                let push = try checkout.beginPush()
                try await eventually("the build does not run") { push.printed.contains("Running in") }
                busy.append((site, push))
            }
            let waiting = try await account.createSite()
            let checkout = try await waiting.checkout()
            try await checkout.commit(["index.html": "waited"])
            let push = try checkout.beginPush()
            // Files alone take milliseconds: who is told after seconds that it goes on waits for others.
            try await eventually("no heartbeat") { push.printed.contains("still building") }
            #expect(try await waiting.deployments().map { $0["status"]?.string } == ["pending"])
            for (site, _) in busy { #expect(try await site.deployments().first?["status"] == .string("building")) }

            for (place, (site, ended)) in busy.enumerated() {
                #expect(try await account.api("DELETE", "/sites/\(site.short)").status == 204)
                try await ended.wait()
                guard place == 0 else { continue }
                #expect(try await push.wait().text.contains("Live in"))
                #expect(try await waiting.get().text == "waited")
            }
        }
    }

    @Test func aDeletedSiteLeavesNothing() async throws {
        try await withContainers { platform, engine in
            let site = try await platform.account().createSite()
            let other = try await site.owner.createSite()
            _ = try await site.running()
            _ = try await other.running(.with { $0.page = "stays\n" })
            #expect(try await site.owner.api("DELETE", "/sites/\(site.short)").status == 204)
            try await eventually("something is left") {
                try await !(engine.containers() + engine.networks() + engine.images()).contains {
                    $0.contains(site.short)
                }
            }
            #expect(try await site.get().status == 404)
            #expect(try await other.get().text == "stays\n")
            #expect(try await engine.containers().count == 1)
        }
    }
}
