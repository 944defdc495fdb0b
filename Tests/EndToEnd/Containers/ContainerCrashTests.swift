import Foundation
import Glibc
import Testing

/// `kill -9` of the worker, of the engine and of the app: each site ends in the state that its owner expects, by itself.
@Suite(.timeLimit(.minutes(10)))
struct ContainerCrashTests {
    @Test(arguments: ["Step 3/7", "Running in", "Healthy"])
    func theWorkerDies(_ moment: String) async throws {
        try await withContainers(roles: .apart) { platform, engine in
            let site = try await platform.account().createSite()
            let checkout = try await site.running(.with { $0.page = "old\n" })
            try await checkout.commit(
                App.with {
                    $0.page = "new\n"
                    $0.steps = ["RUN sleep 1"]
                }.files)
            let push = try checkout.beginPush()
            try await eventually("the moment does not come") { push.printed.contains(moment) }
            try await platform.kill(.build)
            #expect(["old\n", "new\n"].contains(try await site.get().text))
            try platform.start(.build)
            let outcome = try await push.wait()
            #expect(outcome.text.contains("Live in"), "\(outcome.text)")
            #expect(try await site.get().text == "new\n")
            try await eventually("containers are left", within: .seconds(90)) {
                try await engine.containers().count == 1
            }
        }
    }

    /// Ctrl-C in the middle of a build: it takes seconds, whoever waits is told, and the next start goes on with it.
    @Test func aStopLeavesTheBuildToTheNextStart() async throws {
        try await withContainers { platform, engine in
            let site = try await platform.account().createSite()
            let checkout = try await site.checkout()
            try await checkout.commit(App.with { $0.steps = ["RUN sleep 15"] }.files)
            let push = try checkout.beginPush()
            try await eventually("the build does not run") { push.printed.contains("Running in") }
            let reader = try platform.beginCurl(
                ["--no-buffer"], "/sites/\(site.short)/deployments/1/logs", key: site.owner.apiKey)
            try await eventually("the log does not come") { reader.printed.contains("data: Step 3/7") }

            let start = ContinuousClock.now
            let outcome = try #require(try await platform.stop(.serve))

            #expect(ContinuousClock.now - start < .seconds(12))
            #expect(outcome.status == 0, "\(outcome.text)")
            #expect(platform.nginxPID == nil)
            try await eventually("the log is still read") { reader.outcome != nil }
            let told = try await push.wait()
            #expect(told.text.contains("deployment 1 goes on when it is started again"), "\(told.text)")
            try await eventually("the step still runs") {
                try await engine.call("GET", "/containers/json").array?.isEmpty == true
            }

            try await platform.start()
            try await eventually("nobody took it up", within: .seconds(60)) {
                try await site.deployment(1)["status"] == .string("live")
            }
            #expect(try await site.get().text == "hello\n")
        }
    }

    @Test func theAppDiesAndComesBack() async throws {
        try await withContainers { platform, _ in
            let site = try await platform.account().createSite()
            _ = try await site.running()
            #expect(try await site.get("/exit?kill=1").text == "bye")
            // Held until the engine has started it again.
            try await eventually("it does not come back") { try await site.get().text == "hello\n" }
        }
    }

    @Test func theEngineDiesDuringABuild() async throws {
        let engine = try await Dockerd.started()
        defer { engine.end() }
        try await withContainers(engine: engine) { platform, engine in
            let site = try await platform.account().createSite()
            let checkout = try await site.running(.with { $0.page = "old\n" })
            try await checkout.commit(App.with { $0.steps = ["RUN sleep 1000"] }.files)
            let push = try checkout.beginPush()
            try await eventually("the build does not run") { push.printed.contains("Running in") }
            try await engine.kill()
            let outcome = try await push.wait()
            try #require(outcome.text.contains("Failed: the container engine stopped answering"), "\(outcome.text)")
            #expect(outcome.text.contains("The earlier version is still live"))
            try await engine.start()
            try await eventually("the old one does not answer", within: .seconds(60)) {
                try await site.get().text == "old\n"
            }
            #expect(try await checkout.push(.with { $0.page = "new\n" }).text.contains("Live in"))
            #expect(try await site.get().text == "new\n")
        }
    }

    @Test func aWakeWaitsForTheEngine() async throws {
        let engine = try await Dockerd.started()
        defer { engine.end() }
        try await withContainers(settings: ["CASTER_SLEEP_AFTER": "3"], engine: engine) { platform, engine in
            let site = try await platform.account().createSite()
            _ = try await site.running()
            try await eventually("it does not fall asleep", within: .seconds(60)) {
                guard try await site.containerState == "stopped" else { return false }
                return try await engine.running(site).isEmpty
            }
            try await engine.kill()
            async let held = site.get()
            try await eventually("nobody wakes it") { try await site.containerState == "starting" }
            try await engine.start()
            #expect(try await held.text == "hello\n")
        }
    }

    /// Everything ends at once, the containers too, and only what is on the disk is left.
    @Test func theMachineStartsAgain() async throws {
        let engine = try await Dockerd.started()
        defer { engine.end() }
        try await withContainers(engine: engine) { platform, engine in
            let site = try await platform.account().createSite()
            let checkout = try await site.running()
            try await platform.kill(.serve)
            for name in try await engine.containers() {
                try await engine.call("POST", "/containers\(name)/kill")
            }
            try await engine.kill()
            try FileManager.default.removeItem(atPath: platform.dataFolder + "/run")

            try await platform.start()
            try await engine.start()

            try await eventually("the site does not answer", within: .seconds(90)) {
                try await site.get().text == "hello\n"
            }
            #expect(try await checkout.push(.with { $0.page = "again\n" }).text.contains("Live in"))
            #expect(try await site.get().text == "again\n")
        }
    }

    @Test func theEngineDies() async throws {
        let engine = try await Dockerd.started()
        defer { engine.end() }
        try await withContainers(engine: engine) { platform, engine in
            let site = try await platform.account().createSite()
            let checkout = try await site.running()
            try await engine.kill()
            let push = try await checkout.push(.with { $0.page = "second\n" })
            #expect(push.text.contains("no container engine: install Docker or set DOCKER_HOST"), "\(push.text)")
            try await engine.start()
            // The engine ends what an earlier one left; the next visit finds it started again.
            try await eventually("it does not come back", within: .seconds(60)) {
                try await site.get().text == "hello\n"
            }
            let second = try await checkout.push(.with { $0.page = "third\n" })
            #expect(second.text.contains("Live in"), "\(second.text)")
            #expect(try await site.get().text == "third\n")
        }
    }
}
