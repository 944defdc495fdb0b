/// Why a connection ends before its command does.
enum Ending: Error {
    /// The client is not there any more, or broke the protocol.
    case gone
    /// The server ends it; the client is told this sentence.
    case told(String)
}
