/// A part of a list that is ordered by ID, newest first.
public struct Page: Sendable, Hashable {
    /// Items at most.
    public let limit: Int
    /// Only items with a smaller ID.
    public let before: Int64

    public init(limit: Int = .max, before: Int64 = .max) {
        self.limit = limit
        self.before = before
    }
}
