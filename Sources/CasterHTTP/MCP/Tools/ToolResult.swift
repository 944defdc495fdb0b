import CasterCore

/// What a tool has to say, in the shape of the revision that asked (2025-11-25, Tools, "Tool Result").
struct ToolResult: Sendable {
    /// Fits the tool's `outputSchema`; nil for a failure that has nothing to show.
    let structured: OrderedJSON?
    /// What a model is told. For a success it is `structured` as JSON.
    let text: String
    let isError: Bool

    init(_ structured: OrderedJSON) {
        self.structured = structured
        text = structured.compact
        isError = false
    }

    init(failure: String, structured: OrderedJSON? = nil) {
        self.structured = structured
        text = failure
        isError = true
    }

    /// A reason that the user can mend.
    ///
    /// - Parameter next: what to do about it.
    init(_ refusal: Refusal, next: String? = nil) {
        self.init(
            failure: """
                Failed: \(refusal.sentence)
                Stage: request (nothing was changed)
                Next: \(next ?? refusal.next)
                """)
    }

    func json(in revision: ProtocolRevision) -> OrderedJSON {
        var result: OrderedJSON = ["content": [["type": "text", "text": .string(text)]]]
        if revision.hasStructuredContent, let structured { result = result.with("structuredContent", structured) }
        return result.with("isError", .bool(isError))
    }
}

extension Refusal {
    /// What a model does best after it was refused.
    fileprivate var next: String {
        switch kind {
        case .invalid: "correct the arguments and call the tool again"
        case .unauthenticated: "ask the user to connect again"
        case .notFound: "call list_sites, or get_site for the site's deployments, to see what there is"
        case .conflict: "look at the site with get_site, and decide anew"
        case .tooLarge: "send less, or tell the user about the limit"
        case .gone: "tell the user: this cannot be had any more"
        case .tooManyRequests(let seconds): "wait \(seconds) seconds, then call the tool again"
        case .unavailable: "call the tool again later"
        }
    }
}
