import CasterCore
import Foundation
import Synchronization

/// The sessions of handshake clients, in memory: a client whose session is gone begins a new one, as the transport asks of
/// it (2025-11-25, Transports, "Session Management"). However many are abandoned, so many are kept and no more.
final class MCPSessions: Sendable {
    struct Session: Sendable {
        let id: String
        let userID: Int64
        /// Nil until `initialize`.
        var revision: ProtocolRevision?
        fileprivate var lastUse: ContinuousClock.Instant
        fileprivate var streams: [Int: AsyncStream<OrderedJSON>.Continuation] = [:]
    }

    private struct State {
        var sessions: [String: Session] = [:]
        /// Sessions of each account, by `User.id`.
        var counts: [Int64: Set<String>] = [:]
        /// Open streams of each account.
        var streams: [Int64: Int] = [:]
        var nextStream = 0
        /// Of sessions that were removed just now: ended when the lock is free, which they take themselves.
        var endedStreams: [AsyncStream<OrderedJSON>.Continuation] = []
    }

    private let limits: Limits
    private let state = Mutex(State())

    init(limits: Limits) { self.limits = limits }

    /// Begins a session; its ID is 32 hex digits of the system's random source.
    func begin(for user: User, revision: ProtocolRevision?, at now: ContinuousClock.Instant = .now) -> Session {
        let session = Session(id: Secret.randomHex(bytes: 16), userID: user.id, revision: revision, lastUse: now)
        change { state in
            if state.counts[user.id, default: []].count >= limits.mcpSessionsPerUser {
                let own = state.counts[user.id, default: []].compactMap { state.sessions[$0] }
                if let idlest = own.min(by: { $0.lastUse < $1.lastUse }) { Self.remove(idlest, from: &state) }
            }
            if state.sessions.count >= limits.mcpSessions,
                let idlest = state.sessions.values.min(by: { $0.lastUse < $1.lastUse })
            {
                Self.remove(idlest, from: &state)
            }
            state.sessions[session.id] = session
            state.counts[user.id, default: []].insert(session.id)
        }
        return session
    }

    /// The account's session with this ID, which counts as used now; nil if it ended, or is another's.
    func use(_ id: String, of user: User, at now: ContinuousClock.Instant = .now) -> Session? {
        change { state in
            guard var session = state.sessions[id], session.userID == user.id else { return nil }
            guard now - session.lastUse < .seconds(limits.mcpSessionLifetime) else {
                Self.remove(session, from: &state)
                return nil
            }
            session.lastUse = now
            state.sessions[id] = session
            return session
        }
    }

    /// What is posted to a session for a stream of it to answer, until the session ends. Nil if there is no such session.
    func messages(of id: String, _ user: User) -> AsyncStream<OrderedJSON>? {
        let (messages, sender) = AsyncStream.makeStream(
            of: OrderedJSON.self, bufferingPolicy: .bufferingOldest(limits.mcpBatch))
        let number: Int? = state.withLock { state in
            guard state.sessions[id]?.userID == user.id else { return nil }
            state.nextStream += 1
            state.sessions[id]?.streams[state.nextStream] = sender
            return state.nextStream
        }
        guard let number else { return nil }
        sender.onTermination = { [weak self] _ in
            self?.state.withLock { _ = $0.sessions[id]?.streams.removeValue(forKey: number) }
        }
        return messages
    }

    /// Uses a session until it ends or the task is cancelled, as one whose stream is open is not idle.
    func keep(_ id: String, of user: User, every interval: Duration) async {
        while use(id, of: user) != nil {
            guard (try? await Task.sleep(for: interval)) != nil else { return }
        }
    }

    /// Hands a message to the session's stream; false if it has none, or its stream has too much to do.
    func post(_ message: OrderedJSON, to id: String) -> Bool {
        guard let stream = state.withLock({ $0.sessions[id]?.streams.first?.value }) else { return false }
        guard case .enqueued = stream.yield(message) else { return false }
        return true
    }

    /// Notes what `initialize` agreed on.
    func negotiate(_ revision: ProtocolRevision, in id: String) {
        state.withLock { $0.sessions[id]?.revision = revision }
    }

    /// Ends a session; false if the account has no such session.
    func end(_ id: String, of user: User) -> Bool {
        change { state in
            guard let session = state.sessions[id], session.userID == user.id else { return false }
            Self.remove(session, from: &state)
            return true
        }
    }

    /// Whether the account may open one more stream, which is counted until `closeStream`.
    func openStream(of user: User) -> Bool {
        state.withLock { state in
            guard state.streams[user.id, default: 0] < limits.mcpStreamsPerUser else { return false }
            state.streams[user.id, default: 0] += 1
            return true
        }
    }

    func closeStream(of user: User) {
        state.withLock { state in
            let left = state.streams[user.id, default: 1] - 1
            state.streams[user.id] = left > 0 ? left : nil
        }
    }

    private func change<Result>(_ body: (inout State) -> Result) -> Result {
        let (result, ended) = state.withLock { state in
            defer { state.endedStreams = [] }
            let result = body(&state)
            return (result, state.endedStreams)
        }
        for stream in ended { stream.finish() }
        return result
    }

    private static func remove(_ session: Session, from state: inout State) {
        state.endedStreams += state.sessions.removeValue(forKey: session.id)?.streams.values ?? [:].values
        state.counts[session.userID]?.remove(session.id)
        if state.counts[session.userID]?.isEmpty == true { state.counts[session.userID] = nil }
    }
}
