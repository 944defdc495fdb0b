import CasterCore
import CasterDeploy
import Logging

/// Decides who a client is: the owner of the key that it signs with, and nobody else.
struct Authentication {
    /// Who signed. Nil until a valid signature by a known key.
    private(set) var identity: Identity?
    /// Why there can be no further attempt.
    private(set) var refusal: String?

    private let platform: Platform
    private let logger: Logger
    private var attempts = 0
    private var unknownKeys: [String] = []
    private var hasOfferedKnownKey = false

    init(platform: Platform, logger: Logger) {
        self.platform = platform
        self.logger = logger
    }

    /// Counts one request. False if it was one too many.
    mutating func attempt() -> Bool {
        attempts += 1
        if attempts <= platform.limits.sshAuthAttempts { return true }
        refusal =
            "more than \(platform.limits.sshAuthAttempts) authentication attempts (CASTER_SSH_AUTH_ATTEMPTS): "
            + "name the key to use, with ssh -i and IdentitiesOnly=yes"
        return false
    }

    /// Answers an offered key (RFC 4252 §7, no signature) or a signature that libssh found valid.
    ///
    /// - Returns: the answer, and a banner to send before it.
    mutating func judge(_ key: OfferedKey, isSigned: Bool) -> (isAccepted: Bool, banner: String?) {
        do {
            let platform = platform
            let owner = try OwnThread.wait { try await platform.user(signingWith: key.fingerprint) }
            if let owner {
                // Only a signature says who somebody is: an offer may be of anybody's public key.
                if isSigned { identity = Identity(user: owner, fingerprint: key.fingerprint) }
                hasOfferedKnownKey = true
                return (isSigned || attempt(), nil)
            }
        } catch {
            refusal = "keys cannot be looked up right now: try again in a moment"
            logger.error("SSH keys cannot be looked up", metadata: ["error": "\(error)"])
            return (false, nil)
        }
        guard attempt(), !unknownKeys.contains(key.fingerprint) else { return (false, nil) }
        unknownKeys.append(key.fingerprint)
        return (false, UnknownKeyBanner.text(for: key, isFirst: unknownKeys.count == 1, address: platform.address))
    }

    /// For the client that did not make it in time.
    var timeoutSentence: String {
        "no authentication within \(platform.limits.sshAuthTimeout) s (CASTER_SSH_AUTH_TIMEOUT)"
            + (hasOfferedKnownKey ? "; an RSA key must sign with SHA-2 and have 2048 bits or more" : "")
    }
}

/// Who is connected, and by which key.
struct Identity: Sendable, Hashable {
    let user: User
    let fingerprint: String
}
