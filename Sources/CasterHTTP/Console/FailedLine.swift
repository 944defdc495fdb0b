/// Where and why a deployment failed, as its log tells.
struct FailedLine {
    /// What the worker was doing, such as `building`; nil if it had not begun anything, or failed in between.
    let stage: String?
    /// What was wrong and what to do, in one sentence.
    let reason: String
    /// The line of the log at which it failed: for a build, the step.
    let text: String
    /// Its number, from 1.
    let number: Int

    private static let stages = ["building", "starting"]

    /// Nil if the log does not say that it failed.
    init?(log: String) {
        let lines = log.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        func text(_ index: Int) -> String { LogText.clean(String(decoding: lines[index], as: UTF8.self)) }
        func last(before end: Int, beginning prefix: String) -> Int? {
            lines[..<end].lastIndex { $0.starts(with: prefix.utf8) }
        }
        guard let failed = last(before: lines.count, beginning: "Failed: ") else { return nil }
        let sentence = text(failed).dropFirst("Failed: ".count)
        let stage = Self.stages.first { sentence.hasPrefix("\($0): ") }
        self.stage = stage
        reason = String(sentence.dropFirst(stage.map { $0.count + 2 } ?? 0))
        let step = stage == "building" ? last(before: failed, beginning: "Step ") : nil
        self.text = text(step ?? failed)
        number = (step ?? failed) + 1
    }
}
