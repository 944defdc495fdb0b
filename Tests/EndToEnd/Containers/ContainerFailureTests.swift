import Foundation
import Testing

/// What goes wrong with a Dockerfile: the message says stage, cause and what to do, and what was live stays live.
@Suite(.timeLimit(.minutes(10)))
struct ContainerFailureTests {
    /// Pushes an app onto a site that runs, and expects a failure with these words; the old one never notices.
    private func expectFailure(
        _ app: App, settings: [String: String] = [:], extra: [String: String] = [:], _ words: String...
    ) async throws {
        try await withContainers(settings: settings) { platform, engine in
            let site = try await platform.account().createSite()
            let checkout = try await site.running(.with { $0.page = "old\n" })
            let before = try await engine.running(site)
            try await checkout.commit(app.files.merging(extra) { $1 })
            let push = try await checkout.push()
            #expect(push.text.contains("Deployment 2 failed"), "\(push.text)")
            #expect(push.text.contains("The earlier version is still live"))
            let deployment = try await site.deployment(2)
            let log = deployment["build_log"]?.string ?? ""
            for word in words { #expect(log.contains(word), "\(word): \(log.suffix(3000))") }
            #expect(deployment["status"] == .string("failed"))
            #expect(try await site.get().text == "old\n")
            #expect(try await engine.running(site) == before)
            try await eventually("a container is left over") {
                try await engine.call("GET", "/containers/json?all=1").array?.count == 1
            }
            try await eventually("a layer is left over") { try await engine.namelessImages().isEmpty }
        }
    }

    @Test func aStepFails() async throws {
        try await expectFailure(
            .with { $0.steps = ["RUN echo what went wrong && exit 3"] }, "Step 3/7 : RUN echo", "what went wrong",
            "Failed: building: The command '/bin/sh -c echo what went wrong && exit 3' returned a non-zero code: 3",
            "mend the Dockerfile and push")
    }

    @Test func theDockerfileIsNone() async throws {
        try await expectFailure(
            .with { $0.steps = ["GARBAGE here"] }, "Failed: building: ", "unknown instruction: GARBAGE")
    }

    @Test func itNeverListensWhereItShould() async throws {
        try await expectFailure(
            .with { $0.command = #"["python3", "/app/app.py", "--port", "9999"]"# },
            settings: ["CASTER_HEALTH_SECONDS": "2"], "The container's last lines:", "listening on 9999",
            "Failed: starting: GET / on port 8080 was not answered with 200 within 2 s (CASTER_HEALTH_SECONDS): nothing "
                + "listens there", "make it listen on 0.0.0.0")
    }

    @Test func itAnswersWithAnError() async throws {
        try await expectFailure(
            .with { $0.command = #"["python3", "/app/app.py", "--status", "500"]"# },
            settings: ["CASTER_HEALTH_SECONDS": "2"], "it answered 500")
    }

    @Test func itExitsAtOnce() async throws {
        try await expectFailure(
            .with { $0.command = #"["sh", "-c", "echo last words; exit 7"]"# }, "last words",
            "Failed: starting: the container exited with status 7 before it answered GET / on port 8080")
    }

    @Test func itsCommandIsNotThere() async throws {
        try await expectFailure(
            .with { $0.command = #"["/no/such/program"]"# }, "Failed: starting: the container cannot be started: ",
            "no such file or directory")
    }

    @Test func aBuildThatEatsMemory() async throws {
        try await expectFailure(
            .with { $0.steps = [#"RUN python3 -c 'b = [bytearray(1 << 20) for _ in range(400)]'"#] },
            settings: ["CASTER_BUILD_MEMORY": "\(96 << 20)"],
            "Failed: building: killed: out of memory (96 MB)", "CASTER_BUILD_MEMORY")
    }

    @Test func aBuildThatForksWithoutEnd() async throws {
        let program = """
            import os, sys, time
            for number in range(400):
                try:
                    child = os.fork()
                except OSError as error:
                    sys.exit(f"no more than {number // 10 * 10} and some: {error.strerror}")
                if child == 0: time.sleep(20); os._exit(0)
            """
        try await expectFailure(
            .with { $0.steps = ["COPY fork.py /app/", "RUN python3 /app/fork.py"] },
            settings: ["CASTER_BUILD_PROCESSES": "60"],
            extra: ["fork.py": program], "no more than 50 and some: Resource temporarily unavailable",
            "Failed: building: The command '/bin/sh -c python3 /app/fork.py' returned a non-zero code: 1")
    }

    @Test func aBuildThatSleepsForEver() async throws {
        try await expectFailure(
            .with { $0.steps = ["RUN sleep 1000"] }, settings: ["CASTER_BUILD_SECONDS": "3"],
            "Failed: building: killed: it took longer than 3 s (CASTER_BUILD_SECONDS)")
    }

    @Test func aBuildThatPrintsWithoutEnd() async throws {
        try await expectFailure(
            .with { $0.steps = ["RUN yes $(head -c 500 /dev/zero | tr '\\0' x)"] },
            settings: ["CASTER_LOG_BYTES": "1000000"],
            "Failed: building: killed: it wrote more than 976 KB of log (CASTER_LOG_BYTES)")
    }

    @Test func aBuildThatFillsTheDisk() async throws {
        try await expectFailure(
            .with { $0.steps = ["RUN dd if=/dev/zero of=/big bs=1M count=300 && sleep 1000"] },
            settings: ["CASTER_BUILD_DISK_BYTES": "\(100 << 20)"],
            "Failed: building: killed: a step wrote more than 100 MB (CASTER_BUILD_DISK_BYTES)")
    }

    @Test func thereIsNoRoom() async throws {
        try await expectNothingBuilt(
            settings: ["CASTER_FREE_DISK_BYTES": "\(1 << 40)"],
            "Failed: building: the server has only ", "(CASTER_FREE_DISK_BYTES)")
    }

    private func expectNothingBuilt(settings: [String: String], _ words: String...) async throws {
        try await withContainers(settings: settings) { platform, engine in
            let site = try await platform.account().createSite()
            let push = try await site.checkout().push(App())
            for word in words { #expect(push.text.contains(word), "\(push.text)") }
            #expect(try await engine.images().isEmpty)
        }
    }

    @Test func theContextIsTooLargeUnlessItIsIgnored() async throws {
        try await withContainers(settings: ["CASTER_RELEASE_BYTES": "5000000"]) { platform, _ in
            let site = try await platform.account().createSite()
            let checkout = try await site.checkout()
            try checkout.write("data/huge.bin", String(repeating: "x", count: 6_000_000))
            let refused = try await checkout.push(App())
            #expect(
                refused.text.contains("the files of the build are larger than 4 MB in all (CASTER_RELEASE_BYTES)"),
                "\(refused.text)")
            try checkout.write(".dockerignore", "data\n")
            #expect(try await checkout.push(App()).text.contains("Live in"))
        }
    }

    @Test func aSlowStartIsWaitedFor() async throws {
        try await withContainers { platform, _ in
            let site = try await platform.account().createSite()
            let checkout = try await site.running(.with { $0.page = "old\n" })
            let push = try await checkout.push(
                .with { $0.command = #"["python3", "/app/app.py", "--delay", "8"]"# })
            #expect(push.text.contains("Live in"), "\(push.text)")
            #expect(try await site.get().text == "hello\n")
        }
    }

    @Test func aNewerCommitCancelsTheBuild() async throws {
        try await withContainers { platform, engine in
            let site = try await platform.account().createSite()
            let checkout = try await site.checkout()
            try await checkout.commit(App.with { $0.steps = ["RUN sleep 1000"] }.files)
            let first = try checkout.beginPush()
            try await eventually("the build does not run") { first.printed.contains("Running in") }
            let second = try await checkout.push(App())
            #expect(second.text.contains("Cancelled deployment 1, which was still under way"), "\(second.text)")
            #expect(second.text.contains("Live in"))
            let outcome = try await first.wait()
            #expect(outcome.text.contains("Cancelled: deployment 2 has a newer commit"), "\(outcome.text)")
            #expect(outcome.text.contains("gave way to deployment 2"))
            #expect(try await site.deployment(1)["status"] == .string("superseded"))
            try await eventually("the step still runs") {
                try await engine.call("GET", "/containers/json").array?.count == 1
            }
            try await eventually("a layer is left over") { try await engine.namelessImages().isEmpty }
        }
    }

    @Test func aDeletedSiteEndsItsBuild() async throws {
        try await withContainers { platform, engine in
            let site = try await platform.account().createSite()
            let checkout = try await site.checkout()
            try await checkout.commit(App.with { $0.steps = ["RUN sleep 1000"] }.files)
            let push = try checkout.beginPush()
            try await eventually("the build does not run") { push.printed.contains("Running in") }
            #expect(try await site.owner.api("DELETE", "/sites/\(site.short)").status == 204)
            try await eventually("the build goes on") { try await engine.containers().isEmpty }
            try await eventually("something is left") {
                try await (engine.networks() + engine.namelessImages()).isEmpty
            }
            try await push.wait()
        }
    }

    @Test func anAssistantIsToldThatTheSiteIsGone() async throws {
        try await withContainers { platform, _ in
            let site = try await platform.account().createSite()
            let files = #"[{"name": "Dockerfile", "content": "FROM base\nRUN sleep 1000\n"}]"#
            let arguments = #"{"site": "\#(site.short)", "files": \#(files)}"#
            let call = try site.owner.beginMCP(
                MCPMessage("tools/call", #"{"name": "deploy_site", "arguments": \#(arguments)}"#))
            try await eventually("the build does not run") {
                try await site.deployments().first?["status"] == .string("building")
            }
            #expect(try await site.owner.api("DELETE", "/sites/\(site.short)").status == 204)
            let answer = try await call.wait().text
            #expect(answer.contains("the site was deleted while deployment 1 was under way"), "\(answer)")
            #expect(!answer.contains("nothing was changed"))
        }
    }

    /// Over the older transport nobody who posts waits for an answer: what is under way is bounded all the same.
    @Test func callsOfAnAssistantDoNotPileUp() async throws {
        try await withContainers(settings: ["CASTER_MCP_BATCH": "1"]) { platform, _ in
            let account = try await platform.account()
            let stream = try platform.beginCurl(
                ["--no-buffer", "--header", "Accept: text/event-stream"], "/mcp", key: account.apiKey)
            let place = try await eventually("no endpoint was told") {
                stream.printed.firstMatch(of: /data: (\/api\/v1\/mcp\?session_id=[0-9a-f]+)\n/).map { String($0.1) }
            }
            let files = #"[{"name": "Dockerfile", "content": "FROM base\nRUN sleep 1000\n"}]"#
            let call = MCPMessage("tools/call", #"{"name": "deploy_site", "arguments": {"files": \#(files)}}"#)
            func post() async throws -> Reply {
                try await platform.curl(
                    call.options, "/\(place)", key: account.apiKey, input: Data(call.body.utf8))
            }
            #expect(try await post().status == 202)
            let refused = try await eventually("everything is taken") { () -> Reply? in
                let reply = try await post()
                return reply.status == 202 ? nil : reply
            }
            expectError(refused, 429, "CASTER_MCP_BATCH")
            #expect(try await account.api("GET", "/sites").json.array?.count == 1)
            stream.signal(SIGTERM)
        }
    }
}
