import CLibssh
import Glibc

/// One connection's libssh handles. Not `Sendable`: it stays on its connection's thread, as libssh demands.
final class Session {
    let handle: ssh_session
    private let event: ssh_event
    private let callbacks: UnsafeMutablePointer<ssh_server_callbacks_struct>
    private let counter: UnsafeMutablePointer<ssh_counter_struct>

    /// Takes over the socket, whatever happens.
    init?(socket: Int32, bind: ssh_bind) {
        guard let handle = ssh_new(), let event = ssh_event_new() else {
            close(socket)
            return nil
        }
        self.handle = handle
        self.event = event
        callbacks = .allocate(capacity: 1)
        callbacks.initialize(to: ssh_server_callbacks_struct())
        counter = .allocate(capacity: 1)
        counter.initialize(to: ssh_counter_struct())
        guard ssh_bind_accept_fd(bind, handle, socket) == SSH_OK else {
            if ssh_get_fd(handle) != socket { close(socket) }
            return nil
        }
        ssh_set_blocking(handle, 0)
        ssh_set_auth_methods(handle, Int32(SSH_AUTH_METHOD_PUBLICKEY))
        ssh_set_counters(handle, counter, nil)
        // What git sends is compressed already.
        ssh_options_set(handle, SSH_OPTIONS_COMPRESSION, "none")
    }

    /// - Parameter configure: fills in the callbacks; their `userdata` must outlive the session.
    func setCallbacks(_ configure: (inout ssh_server_callbacks_struct) -> Void) {
        configure(&callbacks.pointee)
        callbacks.pointee.size = MemoryLayout<ssh_server_callbacks_struct>.size
        ssh_set_server_callbacks(handle, callbacks)
    }

    /// The socket, -1 once it is closed.
    var descriptor: Int32 { ssh_get_fd(handle) }

    /// What `poll(2)` should look for on the socket.
    ///
    /// - Parameter reading: false to leave what the client sends in the socket.
    func pollEvents(reading: Bool) -> Int16 {
        // libssh's own wish to write is not to be trusted while it may not read: it forgets to withdraw it when both
        // happen at once.
        let wantsToWrite = reading ? ssh_get_poll_flags(handle) & SSH_WRITE_PENDING != 0 : isWritePending
        return Int16((reading ? POLLIN : 0) | (wantsToWrite ? POLLOUT : 0))
    }

    /// Bytes wait in libssh until the socket takes them.
    var isWritePending: Bool { ssh_get_status(handle) & SSH_WRITE_PENDING != 0 }

    /// Bytes that the socket has sent and received, to see whether the client is still there.
    var traffic: UInt64 { counter.pointee.in_bytes + counter.pointee.out_bytes }

    var isAlive: Bool {
        ssh_get_fd(handle) >= 0 && ssh_is_connected(handle) != 0
            && ssh_get_status(handle) & (SSH_CLOSED | SSH_CLOSED_ERROR) == 0
    }

    /// What libssh last found wrong.
    var error: String { String(cString: ssh_get_error(UnsafeMutableRawPointer(handle))) }

    /// Goes on with the key exchange: true when it is done. Throws `Ending.gone` when it cannot succeed.
    func exchangeKeys() throws(Ending) -> Bool {
        switch ssh_handle_key_exchange(handle) {
        case SSH_OK:
            // Earlier than after the first turn of the key exchange, this would do nothing, silently.
            guard ssh_event_add_session(event, handle) == SSH_OK else { throw .gone }
            return true
        case SSH_AGAIN: return false
        default: throw .gone
        }
    }

    /// Lets libssh read, write and call back, without waiting. Only after the key exchange.
    ///
    /// - Parameter turns: how often at most; it stops when there is nothing to do, or `goesOn` says so. Whether the
    ///   session still lives, `isAlive` tells.
    func work(turns: Int = 1, while goesOn: () -> Bool = { true }) {
        for _ in 0..<turns where ssh_event_dopoll(event, 0) != SSH_OK || !goesOn() { return }
    }

    /// Shown by the client before authentication (RFC 4252 §5.4). CR LF line ends.
    func showBanner(_ text: String) {
        let string = ssh_string_from_char(text.replacing("\n", with: "\r\n"))
        ssh_send_issue_banner(handle, string)
        ssh_string_free(string)
    }

    /// Makes the kernel acknowledge at once what came, instead of waiting for something to send with it: 40 ms less in
    /// each round trip of a handshake. It lasts until the kernel changes its mind, so it is renewed before each wait.
    func acknowledgeQuickly() {
        var on: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_QUICKACK, &on, socklen_t(MemoryLayout<Int32>.size))
    }

    /// Ends the connection with SSH_MSG_DISCONNECT (RFC 4253 §11.1), whose text the client prints.
    func disconnect(saying sentence: String?) {
        guard descriptor >= 0 else { return }
        makeWritable()
        guard descriptor >= 0 else { return }
        let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
        ssh_session_set_disconnect_message(handle, sentence ?? "Bye")
        ssh_disconnect(handle)
        if copy >= 0 { Farewell.linger(on: copy) }
    }

    /// Lets libssh learn that the socket can be written to, which it forgets with each packet that it sends: what it
    /// believes it must hold back, `ssh_disconnect` would drop. Waits up to a second.
    private func makeWritable() {
        let deadline = ContinuousClock.now + .seconds(1)
        repeat {
            var poller = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            guard poll(&poller, 1, milliseconds(until: deadline)) > 0 else { return }
            work()
        } while descriptor >= 0 && ssh_get_poll_flags(handle) & SSH_WRITE_PENDING != 0 && ContinuousClock.now < deadline
    }

    deinit {
        ssh_event_remove_session(event, handle)
        ssh_free(handle)
        ssh_event_free(event)
        callbacks.deallocate()
        counter.deallocate()
    }
}
