import CLibssh

/// The one channel of a connection, over which its command runs (RFC 4254 §6). Like its session, it stays on the
/// connection's thread. libssh frees it with the session.
final class Channel {
    private let handle: ssh_channel
    private let callbacks: UnsafeMutablePointer<ssh_channel_callbacks_struct>
    private var isCloseSent = false

    /// Set by the callbacks: the client asked for something else than a command before.
    var gitProtocol: String?
    /// The client will send no more; what it sent may still have to be read.
    var isEnded = false
    /// The client closed the channel.
    var isClosed = false
    /// The client sent more than the window allows (RFC 4254 §5.2), which libssh would buffer without end.
    var isOverrun = false

    /// Bytes that may wait in libssh: its window is 1,280,000.
    private static let bufferLimit = 4 << 20

    /// Nil if libssh has no memory, or the client is not authenticated.
    init?(session: Session) {
        guard let handle = ssh_channel_new(session.handle) else { return nil }
        self.handle = handle
        callbacks = .allocate(capacity: 1)
        callbacks.initialize(to: ssh_channel_callbacks_struct())
    }

    var pointer: ssh_channel { handle }

    /// - Parameter configure: fills in the callbacks; their `userdata` must outlive the session.
    func setCallbacks(_ configure: (inout ssh_channel_callbacks_struct) -> Void) {
        configure(&callbacks.pointee)
        callbacks.pointee.size = MemoryLayout<ssh_channel_callbacks_struct>.size
        ssh_set_channel_callbacks(handle, callbacks)
    }

    /// Called for everything that arrives: `length` bytes wait now.
    func noteWaiting(_ length: Int) {
        if length > Self.bufferLimit { isOverrun = true }
    }

    /// Bytes that the client is ready to take.
    var window: Int { Int(ssh_channel_window_size(handle)) }

    /// Reads what has arrived: 0 if there is nothing now, nil if there never will be.
    func read(into buffer: UnsafeMutableRawBufferPointer) -> Int? {
        let count = ssh_channel_read_nonblocking(handle, buffer.baseAddress, UInt32(buffer.count), 0)
        if count == SSH_AGAIN { return 0 }
        if count > 0 { return Int(count) }
        return count < 0 || ssh_channel_is_eof(handle) != 0 ? nil : 0
    }

    /// Writes as much as goes: perhaps nothing, while keys are exchanged anew. Nil if the client is gone.
    func write(_ bytes: UnsafeRawBufferPointer, to stream: Stream) -> Int? {
        let length = UInt32(min(bytes.count, window))
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
        if !isCloseSent {
            isCloseSent = true
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
