/// How long to wait before nginx is started again: 0.1 s, doubled each time, at most 10 s.
struct BackOff: Sendable {
    private var next = Duration.milliseconds(100)

    /// It begins anew once nginx has run for half a minute.
    mutating func delay(afterRunning time: Duration) -> Duration {
        if time >= .seconds(30) { next = .milliseconds(100) }
        defer { next = min(next * 2, .seconds(10)) }
        return next
    }
}
