import Foundation
import Testing

/// What a container can do, and what it cannot.
@Suite(.timeLimit(.minutes(5)))
struct IsolationTests {
    @Test func itReachesNothingThatIsNotItsOwn() async throws {
        try await withContainers { platform, engine in
            let site = try await platform.account().createSite()
            let other = try await site.owner.createSite()
            _ = try await site.running()
            _ = try await other.running()
            func address(of site: Site) async throws -> (own: String, gateway: String) {
                let name = try #require(try await engine.running(site).first)
                let networks = try await engine.call("GET", "/containers\(name)/json")["NetworkSettings"]?["Networks"]
                let network = try #require(networks?.names.first.flatMap { networks?[$0] })
                return (network["IPAddress"]?.string ?? "", network["Gateway"]?.string ?? "")
            }
            let (mine, gateway) = try await address(of: site)
            let (theirs, theirGateway) = try await address(of: other)
            func connect(_ host: String, _ port: Int) async throws -> String {
                try await site.get("/connect?host=\(host)&port=\(port)").text
            }
            #expect(try await connect(mine, 8080) == "connected", "the test itself works")
            #expect(try await connect(theirs, 8080).hasPrefix("refused"))
            for host in [gateway, theirGateway] {
                for port in [platform.edgePort, platform.sshPort] {
                    #expect(try await connect(host, port).hasPrefix("refused"), "\(host):\(port)")
                }
            }
            #expect(try await connect("169.254.169.254", 80).hasPrefix("refused"))
            for path in [engine.socket, "/var/run/docker.sock", platform.dataFolder] {
                #expect(try await site.get("/exists?path=\(path)").text == "False")
            }
        }
    }

    /// The engine would let it fill the machine's disk.
    @Test func whatItWritesIsBounded() async throws {
        try await withContainers(settings: ["CASTER_CONTAINER_DISK_BYTES": "\(20 << 20)"]) { platform, engine in
            let site = try await platform.account().createSite()
            _ = try await site.running()
            let first = try #require(try await engine.running(site).first)
            #expect(try await site.get("/fill?bytes=10000000").text == "filled")
            #expect(try await site.get("/filled").text == "True")
            #expect(try await site.get("/fill?bytes=20000000").text == "filled")
            try await eventually("it may keep it", within: .seconds(60)) {
                guard try await site.containerState == "stopped" else { return false }
                return try await engine.running(site).isEmpty
            }
            let log = try await site.deployment(1)["build_log"]?.string ?? ""
            #expect(log.contains("Stopped: the container wrote more than 20 MB to its own disk"), "\(log)")
            #expect(log.contains("(CASTER_CONTAINER_DISK_BYTES); the next request starts it with an empty one"))
            #expect(try await site.get("/filled").text == "False")
            #expect(try await engine.running(site) == [first])
        }
    }

    @Test func itIsConfined() async throws {
        try await withContainers(settings: ["CASTER_CONTAINER_PROCESSES": "20"]) { platform, engine in
            let site = try await platform.account().createSite()
            _ = try await site.running()
            let status = try await site.get("/status").text
            #expect(status.contains("NoNewPrivs:\t1"))
            #expect(status.contains("Seccomp:\t2"))
            // CHOWN, DAC_OVERRIDE, FOWNER, KILL, SETGID, SETUID, NET_BIND_SERVICE.
            #expect(status.contains("CapBnd:\t00000000000004eb"), "\(status)")
            #expect(try await site.get("/fork?count=100").text.hasPrefix("stopped after 1"))
            let name = try #require(try await engine.running(site).first)
            let host = try await engine.call("GET", "/containers\(name)/json")["HostConfig"]
            #expect(host?["Memory"]?.number == 512 << 20)
            #expect(host?["MemorySwap"]?.number == 512 << 20)
            #expect(host?["NanoCpus"]?.number == 1_000_000_000)
            #expect(host?["Privileged"] == .bool(false))
            #expect(host?["Binds"] == .null)
            #expect(host?["RestartPolicy"]?["Name"]?.string == "unless-stopped")
        }
    }
}
