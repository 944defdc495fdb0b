/// A revision of the Model Context Protocol, named by its date. What differs between them is decided here.
enum ProtocolRevision: String, CaseIterable, Comparable, Sendable {
    case november2024 = "2024-11-05"
    case march2025 = "2025-03-26"
    case june2025 = "2025-06-18"
    case november2025 = "2025-11-25"
    case july2026 = "2026-07-28"

    /// Newest first.
    static let all = allCases.sorted(by: >)
    /// The newest one that begins with `initialize`.
    static let newestWithHandshake = november2025
    /// What a request without `MCP-Protocol-Version` is taken for (2025-11-25, Transports, "Protocol Version Header").
    static let unnamed = march2025

    /// No handshake and no sessions: every request says all of itself in `_meta` (2026-07-28, Versioning).
    var isStateless: Bool { self >= .july2026 }
    /// JSON-RPC batches came with 2025-03-26 and went with 2025-06-18 (both change logs).
    var hasBatches: Bool { self == .march2025 }
    /// `annotations` of a tool, and `message` in progress notifications (2025-03-26, change log).
    var hasAnnotations: Bool { self >= .march2025 }
    /// `title` and `outputSchema` of a tool, `structuredContent` of a result (2025-06-18, change log).
    var hasStructuredContent: Bool { self >= .june2025 }

    static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}
