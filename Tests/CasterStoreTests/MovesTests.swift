import CasterCore
import CasterStore
import Testing

struct MovesTests {
    private static let way: [DeploymentStatus] = [.building, .built, .deploying, .live]

    /// Every state that a deployment can be in, and how it gets there.
    private static func steps(to status: DeploymentStatus) -> [DeploymentStatus] {
        switch status {
        case .pending: []
        case .failed, .superseded: [status]
        default: Array(way.prefix(through: way.firstIndex(of: status)!))
        }
    }

    @Test(arguments: DeploymentStatus.allCases)
    func theStoreAllowsWhatTheTableAllows(_ start: DeploymentStatus) async throws {
        let fixture = try await StoreFixture()
        for target in DeploymentStatus.allCases {
            let site = try await fixture.site()
            let deployment = try await fixture.accept(1, of: site)
            _ = try await fixture.store.move(
                deployment.id, through: Self.steps(to: start), at: StoreFixture.time(2))
            do {
                let moved = try await fixture.store.move(deployment.id, through: [target], at: StoreFixture.time(3))
                #expect(start.moves.contains(target), "\(start) to \(target)")
                #expect(moved.status == target)
            } catch is IllegalMove {
                #expect(!start.moves.contains(target), "\(start) to \(target)")
                #expect(try await fixture.status(deployment) == start)
            }
        }
    }

    @Test func oneIllegalStepUndoesAll() async throws {
        let fixture = try await StoreFixture()
        let deployment = try await fixture.accept(1, of: fixture.site())
        await #expect(throws: IllegalMove.self) {
            try await fixture.store.move(
                deployment.id, through: [.building, .built, .live], at: StoreFixture.time(2))
        }
        #expect(try await fixture.status(deployment) == .pending)
    }

    @Test func aDeploymentThatIsGoneCannotMove() async throws {
        let fixture = try await StoreFixture()
        await #expect(throws: IllegalMove.self) {
            try await fixture.store.move(77, through: [.building], at: StoreFixture.time(1))
        }
    }

    @Test func goingLiveSupersedesWhatWasLive() async throws {
        let fixture = try await StoreFixture()
        let site = try await fixture.site()
        let other = try await fixture.deploy(1, of: fixture.site())
        let first = try await fixture.deploy(2, of: site)
        let second = try await fixture.deploy(3, of: site)
        let superseded = try #require(try await fixture.store.deployment(first.id))
        #expect(superseded.status == .superseded)
        #expect(superseded.supersededBy == second.id)
        // When it first ended: at its going live.
        #expect(superseded.finishedAt == StoreFixture.time(2))
        #expect(try await fixture.store.liveDeployment(of: site)?.id == second.id)
        #expect(try await fixture.status(other) == .live)
    }

    @Test func aFailureLeavesWhatIsLive() async throws {
        let fixture = try await StoreFixture()
        let site = try await fixture.site()
        let first = try await fixture.deploy(1, of: site)
        let second = try await fixture.accept(2, of: site)
        let failed = try await fixture.store.move(second.id, through: [.building, .failed], at: StoreFixture.time(9))
        #expect(failed.finishedAt == StoreFixture.time(9))
        #expect(failed.releaseID == nil)
        #expect(try await fixture.store.liveDeployment(of: site)?.id == first.id)
    }
}
