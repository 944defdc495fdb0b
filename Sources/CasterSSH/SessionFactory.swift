import CLibssh
import Synchronization

/// Makes a libssh session of each accepted socket, with the server's keys and algorithms.
final class SessionFactory: Sendable {
    /// The one `ssh_bind`. libssh reads it without a lock of its own.
    private let bind: Mutex<ssh_bind>

    /// Throws `SSHStartError` if a host key cannot be read or libssh lacks an algorithm.
    init(hostKeys: [String]) throws(SSHStartError) {
        guard let bind = ssh_bind_new() else { throw SSHStartError("libssh has no memory") }
        do throws(SSHStartError) {
            try Self.configure(bind, hostKeys: hostKeys)
        } catch {
            ssh_bind_free(bind)
            throw error
        }
        self.bind = Mutex(bind)
    }

    private static func configure(_ bind: ssh_bind, hostKeys: [String]) throws(SSHStartError) {
        // libssh would read /etc/ssh otherwise, and let it override what is set here.
        var readsConfiguration = false
        var isSet = ssh_bind_options_set(bind, SSH_BIND_OPTIONS_PROCESS_CONFIG, &readsConfiguration) == 0
        var bits = Algorithms.shortestRSAKey
        isSet = isSet && ssh_bind_options_set(bind, SSH_BIND_OPTIONS_RSA_MIN_SIZE, &bits) == 0
        for (option, value) in [
            (SSH_BIND_OPTIONS_BANNER, "Caster"),
            (SSH_BIND_OPTIONS_KEY_EXCHANGE, Algorithms.keyExchange),
            (SSH_BIND_OPTIONS_CIPHERS_C_S, Algorithms.ciphers),
            (SSH_BIND_OPTIONS_CIPHERS_S_C, Algorithms.ciphers),
            (SSH_BIND_OPTIONS_HMAC_C_S, Algorithms.macs),
            (SSH_BIND_OPTIONS_HMAC_S_C, Algorithms.macs),
            (SSH_BIND_OPTIONS_HOSTKEY_ALGORITHMS, Algorithms.hostKeys),
            (SSH_BIND_OPTIONS_PUBKEY_ACCEPTED_KEY_TYPES, Algorithms.signatures),
        ] {
            isSet = isSet && ssh_bind_options_set(bind, option, value) == 0
        }
        guard isSet else {
            let reason = String(cString: ssh_get_error(UnsafeMutableRawPointer(bind)))
            throw SSHStartError("libssh refuses a setting: \(reason)")
        }
        for path in hostKeys where ssh_bind_options_set(bind, SSH_BIND_OPTIONS_HOSTKEY, path) != 0 {
            throw SSHStartError("the SSH host key \(path) is damaged: remove it, and the next start makes a new one")
        }
    }

    /// A session on this connected socket, which it owns from now on and closes. Nil if there is no memory; the socket
    /// is closed then too.
    func session(on socket: Int32) -> Session? {
        bind.withLock { Session(socket: socket, bind: $0) }
    }

    deinit { bind.withLock { ssh_bind_free($0) } }
}
