import CLibgit2
import Glibc

/// What libgit2 refused to do.
public struct GitError: Error, Sendable, CustomStringConvertible {
    /// A `git_error_code`.
    public let code: Int32
    public let description: String

    /// Whether the disk, or what this process may have of it, is full. libgit2 tells only by its message, which ends as
    /// `strerror(3)` has it.
    public var isDiskFull: Bool {
        [ENOSPC, EDQUOT].contains { description.hasSuffix(String(cString: strerror($0))) }
    }

    /// Throws the error of the last libgit2 call on this thread if `code` is negative.
    static func check(_ code: Int32) throws(GitError) {
        guard code < 0 else { return }
        let message = git_error_last().map { String(cString: $0.pointee.message) } ?? "libgit2 error \(code)"
        throw GitError(code: code, description: message)
    }
}
