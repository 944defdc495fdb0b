import CLibarchive
import CasterCore
import Glibc

/// What a header of the archive says of one entry; valid until the next header is read.
struct ArchiveEntry {
    let name: EntryName
    private let handle: OpaquePointer

    /// Nil if the entry has no name that can be read.
    init?(_ handle: OpaquePointer) {
        guard let text = archive_entry_pathname(handle) else { return nil }
        let bytes = UnsafeBufferPointer(start: text, count: strlen(text))
        name = EntryName(bytes.lazy.map { UInt8(bitPattern: $0) })
        self.handle = handle
    }

    var isFolder: Bool { archive_entry_filetype(handle) == clibarchive_folder }

    var isEncrypted: Bool { archive_entry_is_encrypted(handle) != 0 }

    /// Its owner may execute it, which is what git records.
    var isExecutable: Bool { archive_entry_perm(handle) & 0o100 != 0 }

    /// Bytes, as the header promises them.
    var promisedSize: Int { archive_entry_size_is_set(handle) != 0 ? Int(archive_entry_size(handle)) : 0 }

    /// Throws `Refusal.invalid` for anything but a readable regular file or folder.
    func checkKind() throws(Refusal) {
        if isEncrypted {
            throw .invalid("\(name.quoted) is encrypted: send the archive without a password")
        }
        let kind =
            switch archive_entry_filetype(handle) {
            case _ where archive_entry_hardlink(handle) != nil: "a hard link"
            case clibarchive_regular, clibarchive_folder: ""
            case clibarchive_symlink: "a symlink"
            case clibarchive_character_device, clibarchive_block_device: "a device"
            case clibarchive_fifo: "a named pipe"
            case clibarchive_socket: "a socket"
            default: "of an unknown kind"
            }
        guard kind.isEmpty else {
            throw .invalid("\(name.quoted) is \(kind): an archive may hold regular files and folders only")
        }
    }
}
