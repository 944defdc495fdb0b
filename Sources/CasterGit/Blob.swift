import CLibgit2

/// A file's content; owns the `git_blob`.
final class Blob {
    private let handle: OpaquePointer

    init(_ id: git_oid, in repository: Repository) throws(GitError) {
        var id = id
        var handle: OpaquePointer?
        try GitError.check(git_blob_lookup(&handle, repository.handle, &id))
        self.handle = handle!
    }

    var bytes: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: git_blob_rawcontent(handle), count: Int(git_blob_rawsize(handle)))
    }

    deinit { git_blob_free(handle) }
}
