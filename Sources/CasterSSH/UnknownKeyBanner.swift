import CasterCore

/// What somebody reads whose key nobody has added.
enum UnknownKeyBanner {
    /// - Parameter isFirst: the first such key on this connection gets the instructions, the others only a line.
    static func text(for key: OfferedKey, isFirst: Bool, address: PublicAddress) -> String {
        guard isFirst else { return "Caster does not know the key \(key.fingerprint) either.\n" }
        return """
            Caster does not know the key \(key.fingerprint).
            Add it on the account page of \(address.consoleURL), or with:
              curl \(address.consoleURL)/api/v1/ssh-keys -H "Authorization: Bearer $CASTER_KEY" \
            -d '{"public_key":"\(key.line)"}'
            where CASTER_KEY is an API key of yours.

            """
    }
}
