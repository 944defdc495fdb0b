import Glibc

/// The last words to a client, before or after there is a libssh session.
enum Farewell {
    /// What a server may say before any key exchange: its version and an unencrypted SSH_MSG_DISCONNECT with reason 12,
    /// too many connections (RFC 4253 §4.2, §6, §11.1). `ssh` prints the sentence.
    static func tooManyConnections(_ sentence: String) -> [UInt8] {
        var payload: [UInt8] = [1]
        payload += bigEndian(12)
        payload += bigEndian(UInt32(sentence.utf8.count)) + Array(sentence.utf8)
        payload += bigEndian(0)
        // The whole packet is a multiple of 8 bytes long, of which at least 4 are padding.
        let padding = 8 - (5 + payload.count) % 8 + ((5 + payload.count) % 8 > 4 ? 8 : 0)
        let packet =
            bigEndian(UInt32(1 + payload.count + padding)) + [UInt8(padding)] + payload
            + [UInt8](repeating: 0, count: padding)
        return Array("SSH-2.0-Caster\r\n".utf8) + packet
    }

    /// Ends the sending side and waits up to a second for the client to end its own: a close with unread bytes would
    /// make the kernel discard what the client has not read yet. Closes the descriptor.
    static func linger(on descriptor: Int32) {
        shutdown(descriptor, Int32(SHUT_WR))
        let deadline = ContinuousClock.now + .seconds(1)
        var poller = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        while poll(&poller, 1, milliseconds(until: deadline)) > 0, discard(from: descriptor) {}
        close(descriptor)
    }

    /// Reads what there is: false at the end of the stream.
    static func discard(from descriptor: Int32) -> Bool {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
        return count > 0 || (count < 0 && (errno == EAGAIN || errno == EINTR))
    }

    private static func bigEndian(_ number: UInt32) -> [UInt8] {
        withUnsafeBytes(of: number.bigEndian) { Array($0) }
    }
}

/// For `poll(2)`: rounded up, at least 0.
func milliseconds(until deadline: ContinuousClock.Instant) -> Int32 {
    let left = (deadline - .now) / .milliseconds(1)
    return Int32(max(0, min(left.rounded(.up), 3_600_000)))
}
