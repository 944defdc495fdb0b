import CLibgit2

/// What libgit2 refused to do.
public struct GitError: Error, Sendable, CustomStringConvertible {
    /// A `git_error_code`.
    public let code: Int32
    public let description: String

    /// Throws the error of the last libgit2 call on this thread if `code` is negative.
    static func check(_ code: Int32) throws(GitError) {
        guard code < 0 else { return }
        let message = git_error_last().map { String(cString: $0.pointee.message) } ?? "libgit2 error \(code)"
        throw GitError(code: code, description: message)
    }
}
