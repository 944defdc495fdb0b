import CasterControl
import CasterCore
import CasterStore
import Foundation
import Logging

/// Makes the DNS zone what the store says it should be, and tries again, at growing intervals, what did not work.
struct DNSUpkeep: Sendable {
    let platform: Platform
    let logger: Logger

    func run() async throws {
        guard let settings = platform.names.dns else { return }
        let writer = DNSWriter(
            settings: settings, names: platform.names, address: platform.address,
            platformID: try await platform.store.platformID())
        try await platform.store.reviseDNSRecords(content: writer.content)
        var wakes = platform.wakeSocket.wakes(for: .names).makeAsyncIterator()
        repeat {
            do {
                while try await writeDue(writer) {}
            } catch is CancellationError {
                return
            } catch {
                logger.error("DNS records cannot be looked after", metadata: ["error": "\(error)"])
            }
        } while await wakes.next() != nil
    }

    /// Returns whether there may be more to do at once.
    private func writeDue(_ writer: DNSWriter) async throws -> Bool {
        let due = try await platform.store.takeDueDNSRecords(at: .now, limit: 50)
        for record in due {
            do {
                try await writer.write(record)
                try await platform.store.settle(record, content: writer.content)
            } catch let error where !(error is CancellationError) {
                try await postpone(record, error)
                // The others would wait for the same server.
                if case DNSWriter.Failure.foreign = error { continue }
                return false
            }
        }
        return !due.isEmpty
    }

    private func postpone(_ record: DNSRecord, _ error: any Error) async throws {
        let delay = Delay.after(attempts: record.attempts, first: 1, factor: 2, longest: 900)
        try await platform.store.postpone(record, problem: "\(error)", until: .now.addingTimeInterval(delay))
        logger.warning(
            "a DNS record is not as it should be: look at the zone and at CASTER_DNS_SERVER",
            metadata: ["host": "\(platform.address.host(label: record.label))", "error": "\(error)"])
    }
}

/// How long to wait after something failed, so that many that failed together are not tried together.
enum Delay {
    /// Seconds: `first`, growing by `factor` with each attempt up to `longest`, less up to a fifth by chance.
    static func after(attempts: Int, first: Double, factor: Double, longest: Double) -> Double {
        min(first * pow(factor, Double(min(attempts, 60))), longest) * .random(in: 0.8...1)
    }
}
