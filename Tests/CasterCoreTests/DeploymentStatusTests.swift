import CasterCore
import Testing

struct DeploymentStatusTests {
    private static let way: [DeploymentStatus] = [.pending, .building, .built, .deploying, .live]

    @Test func theWayToLiveIsTakenStepByStep() {
        for (here, next) in zip(Self.way, Self.way.dropFirst()) {
            #expect(here.moves.contains(next))
            for skipped in Self.way where skipped != next { #expect(!here.moves.contains(skipped)) }
        }
    }

    @Test func whatHasNotGoneLiveMayFailOrGiveWay() {
        for here in Self.way.dropLast() {
            #expect(here.moves.isSuperset(of: [.failed, .superseded]))
            #expect(!here.isEnded)
        }
    }

    @Test func nothingLeavesAnEndButALiveOneThatIsReplaced() {
        #expect(DeploymentStatus.failed.moves.isEmpty)
        #expect(DeploymentStatus.superseded.moves.isEmpty)
        #expect(DeploymentStatus.live.moves == [.superseded])
        #expect(DeploymentStatus.allCases.filter(\.isEnded) == [.live, .failed, .superseded])
    }

    @Test func inProgressIsWhatAWorkerHolds() {
        #expect(DeploymentStatus.allCases.filter(\.isInProgress) == [.building, .built, .deploying])
    }

    @Test func oneStateIsBeforeAnother() {
        #expect(DeploymentStatus.pending.isBefore(.live))
        #expect(DeploymentStatus.building.isBefore(.built))
        #expect(!DeploymentStatus.built.isBefore(.built))
        #expect(!DeploymentStatus.live.isBefore(.deploying))
        #expect(!DeploymentStatus.failed.isBefore(.live))
    }

    @Test func theWordsAreTheSeeds() {
        let words = ["pending", "building", "built", "deploying", "live", "failed", "superseded"]
        #expect(DeploymentStatus.allCases.map(\.rawValue) == words)
    }
}
