import CLibssh

/// What libssh calls while a connection's thread works in it. Each only notes what the client wants; the thread acts on
/// it afterwards, because much of libssh must not be called from inside a callback. A request without a callback is
/// refused by libssh: forwarding (RFC 4254 §7), X11, agents.
extension Connection {
    /// Registers the callbacks. They hold the connection unowned: it lives until its session is freed.
    func register() {
        let this = Unmanaged.passUnretained(self).toOpaque()
        session.setCallbacks { callbacks in
            callbacks.userdata = this
            callbacks.auth_pubkey_function = { _, _, key, state, this in
                Connection.from(this).judge(key, state: Int32(state)) ? SSH_AUTH_SUCCESS.code : SSH_AUTH_DENIED.code
            }
            // Answered here because libssh would look for Kerberos credentials of this host.
            callbacks.gssapi_select_oid_function = { _, _, _, _, this in
                Connection.from(this).noteOtherAttempt()
                return nil
            }
            callbacks.channel_open_request_session_function = { _, this in
                Connection.from(this).openChannel()
            }
        }
        // Everything that has no callback above, so that other ways to authenticate count as attempts too.
        ssh_set_message_callback(
            session.handle,
            { _, message, this in
                if ssh_message_type(message) == Int32(SSH_REQUEST_AUTH.rawValue) {
                    Connection.from(this).noteOtherAttempt()
                }
                return 1  // the default answer, a refusal
            }, this)
    }

    /// Only the one session channel, and only for somebody who signed (CVE-2018-10933).
    private func openChannel() -> ssh_channel? {
        guard authentication.identity != nil, channel == nil, let channel = Channel(session: session) else {
            return nil
        }
        self.channel = channel
        let this = Unmanaged.passUnretained(self).toOpaque()
        channel.setCallbacks { callbacks in
            callbacks.userdata = this
            callbacks.channel_data_function = { _, _, data, length, isStderr, this in
                // A client has nothing to say on stderr.
                if isStderr == 0 {
                    Connection.from(this).channel?.receive(UnsafeRawBufferPointer(start: data, count: Int(length)))
                }
                return Int32(length)
            }
            callbacks.channel_eof_function = { _, _, this in
                Connection.from(this).channel?.isEnded = true
            }
            callbacks.channel_close_function = { _, _, this in
                Connection.from(this).channel?.isClosed = true
            }
            callbacks.channel_pty_request_function = { _, _, _, _, _, _, _, _ in -1 }
            callbacks.channel_env_request_function = { _, _, name, value, this in
                Connection.from(this).note(variable: name, value: value) ? 0 : 1
            }
            callbacks.channel_shell_request_function = { _, _, this in
                Connection.from(this).note(.shell) ? 0 : 1
            }
            callbacks.channel_exec_request_function = { _, _, command, this in
                Connection.from(this).note(.command(command.map { String(cString: $0) } ?? "")) ? 0 : 1
            }
            callbacks.channel_subsystem_request_function = { _, _, _, this in
                Connection.from(this).note(.subsystem) ? 0 : 1
            }
        }
        return channel.handle
    }

    /// Only the protocol version of git, well-formed: everything else could change how git behaves (CVE-2024-41956).
    private func note(variable name: UnsafePointer<CChar>?, value: UnsafePointer<CChar>?) -> Bool {
        guard let name, let value, String(cString: name) == "GIT_PROTOCOL",
            ["version=0", "version=1", "version=2"].contains(String(cString: value))
        else { return false }
        channel?.gitProtocol = String(cString: value)
        return true
    }

    private static func from(_ pointer: UnsafeMutableRawPointer?) -> Connection {
        Unmanaged<Connection>.fromOpaque(pointer!).takeUnretainedValue()
    }
}

extension ssh_auth_e {
    fileprivate var code: Int32 { Int32(rawValue) }
}
