/// A request that the platform refuses for a reason which the requester can mend, with one sentence that says how.
/// The HTTP front turns `kind` into a status, the SSH front into an exit status; both print `sentence`.
public struct Refusal: Error, Sendable, Hashable, CustomStringConvertible {
    public enum Kind: Sendable, Hashable {
        /// The input is wrong.
        case invalid
        /// Nobody, or somebody unknown, is asking.
        case unauthenticated
        /// There is no such thing, or it belongs to somebody else: the two look the same.
        case notFound
        /// It clashes with what is there.
        case conflict
        /// It is over a limit, which the sentence names.
        case tooLarge
        /// It was there, and is gone for good.
        case gone
        /// It was asked too often; it may be asked again after so many seconds.
        case tooManyRequests(retryAfter: Int)
        /// The platform cannot do it now; the same request may work later.
        case unavailable
    }

    public let kind: Kind
    /// One sentence for a person: what was wrong with this input, and what to do.
    public let sentence: String

    public init(_ kind: Kind, _ sentence: String) {
        self.kind = kind
        self.sentence = sentence
    }

    public static func invalid(_ sentence: String) -> Refusal { Refusal(.invalid, sentence) }
    public static func unauthenticated(_ sentence: String) -> Refusal { Refusal(.unauthenticated, sentence) }
    public static func notFound(_ sentence: String) -> Refusal { Refusal(.notFound, sentence) }
    public static func conflict(_ sentence: String) -> Refusal { Refusal(.conflict, sentence) }
    public static func tooLarge(_ sentence: String) -> Refusal { Refusal(.tooLarge, sentence) }
    public static func gone(_ sentence: String) -> Refusal { Refusal(.gone, sentence) }
    public static func tooManyRequests(_ sentence: String, retryAfter: Int) -> Refusal {
        Refusal(.tooManyRequests(retryAfter: retryAfter), sentence)
    }
    public static func unavailable(_ sentence: String) -> Refusal { Refusal(.unavailable, sentence) }

    public var description: String { sentence }
}
