import CLibssh

/// The one channel of a connection, over which its command runs (RFC 4254 §6). Like its session, it stays on the
/// connection's thread. libssh frees it with the session.
final class Channel {
    let handle: ssh_channel
    private let callbacks: UnsafeMutablePointer<ssh_channel_callbacks_struct>
    private var isStatusSent = false

    /// What the client sent and git has not taken yet.
    private(set) var backlog = ByteQueue()
    /// The version of git's protocol that the client asked for.
    var gitProtocol: String?
    /// The client will send no more.
    var isEnded = false
    /// The client closed the channel.
    var isClosed = false
    /// Nobody wants to read what the client sends any more.
    var isDiscarding = false {
        didSet { if isDiscarding { backlog.removeAll() } }
    }

    private static let backlogLimit = 256 << 10
    /// Bytes of the smallest packets that are written. Real clients take 16 KiB or more.
    private static let shortestPacket = 1024

    /// Nil if libssh has no memory, or the client is not authenticated.
    init?(session: Session) {
        guard let handle = ssh_channel_new(session.handle) else { return nil }
        self.handle = handle
        callbacks = .allocate(capacity: 1)
        callbacks.initialize(to: ssh_channel_callbacks_struct())
    }

    /// - Parameter configure: fills in the callbacks; their `userdata` must outlive the session.
    func setCallbacks(_ configure: (inout ssh_channel_callbacks_struct) -> Void) {
        configure(&callbacks.pointee)
        callbacks.pointee.size = MemoryLayout<ssh_channel_callbacks_struct>.size
        ssh_set_channel_callbacks(handle, callbacks)
    }

    /// The client takes packets of a useful length. To be asked before the first write, which might never return
    /// otherwise.
    var takesPackets: Bool {
        let length = clibssh_channel_max_packet(handle)
        return length == 0 || length >= Self.shortestPacket
    }

    /// So much waits here that nothing more should be read from the socket: then TCP makes the client wait. (libssh's
    /// own window does not: `ssh_channel_read` opens it again whatever still waits, so everything is taken out of
    /// libssh as it comes.)
    var isFull: Bool { backlog.count >= Self.backlogLimit }

    func receive(_ bytes: UnsafeRawBufferPointer) {
        if !isDiscarding { backlog.append(bytes) }
    }

    /// Gives `take` what waits. Returns what it returned: how many bytes it took, or nil.
    func drain(_ take: (UnsafeRawBufferPointer) -> Int?) -> Int? { backlog.drain(take) }

    /// Writes as much as the client is ready for: perhaps nothing, while keys are exchanged anew. Nil if the client is
    /// gone.
    func write(_ bytes: UnsafeRawBufferPointer, to stream: Stream) -> Int? {
        let length = min(UInt32(bytes.count), ssh_channel_window_size(handle))
        guard length > 0 else { return 0 }
        let count =
            switch stream {
            case .output: ssh_channel_write(handle, bytes.baseAddress, length)
            case .errors: ssh_channel_write_stderr(handle, bytes.baseAddress, length)
            }
        if count == SSH_AGAIN { return 0 }
        return count < 0 ? nil : Int(count)
    }

    /// Says how the command ended (RFC 4254 §6.10), and that nothing more comes. To be repeated until it returns true:
    /// libssh sends the close only once the end before it has left.
    func end(status: Int32) -> Bool {
        if !isStatusSent {
            isStatusSent = true
            isDiscarding = true
            ssh_channel_request_send_exit_status(handle, status)
        }
        return ssh_channel_close(handle) == SSH_OK || ssh_channel_is_closed(handle) != 0
    }

    /// Where the client prints it.
    enum Stream {
        case output
        case errors
    }

    deinit { callbacks.deallocate() }
}
