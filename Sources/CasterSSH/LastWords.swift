import CasterCore

/// Recognises in what git says about a push that one of our limits stopped it. Git's own message does not name the
/// setting, and one of them says nothing that a person understands.
struct LastWords {
    private var end: [UInt8] = []

    private static let memory = 4096

    mutating func hear(_ bytes: UnsafeRawBufferPointer) {
        end = Array((end + bytes.suffix(Self.memory)).suffix(Self.memory))
    }

    /// The sentence that names the limit, nil if none was met.
    func limitSentence(_ limits: Limits) -> String? {
        let text = String(decoding: end, as: UTF8.self)
        guard text.contains("unpacker error") else { return nil }
        if text.contains("attempting to allocate"), text.contains("over limit") {
            return "nothing was stored: a file in this push is larger than \(Self.size(limits.gitAllocBytes)) "
                + "(CASTER_GIT_ALLOC_BYTES)"
        }
        if text.contains("pack exceeds maximum allowed size") {
            return "nothing was stored: this push is larger than \(Self.size(limits.packBytes)) (CASTER_PACK_BYTES)"
        }
        return nil
    }

    private static func size(_ bytes: Int) -> String {
        bytes < 1 << 20 ? "\(bytes >> 10) KB" : "\(bytes >> 20) MB"
    }
}
