import CLinux
import CasterCore
import Glibc
import Logging

/// The thread that accepts connections. Each gets a thread of its own, or is refused with the reason.
struct Acceptor: Sendable {
    let socket: ListeningSocket
    let admission: Admission
    let stop: StopSignal
    let logger: Logger
    /// Serves one connection until its end, on its thread. It owns the descriptor.
    let serve: @Sendable (Int32, ClientAddress) -> Void

    /// Clients that were refused and have not hung up yet: at most this many are waited for, each up to a second.
    private static let farewellLimit = 64

    private typealias Farewells = [(descriptor: Int32, deadline: ContinuousClock.Instant)]

    /// Blocks until the stop signal. From then on connections are refused by the kernel.
    func run() {
        var farewells: Farewells = []
        defer {
            shutdown(socket.descriptor, Int32(SHUT_RDWR))
            for farewell in farewells { close(farewell.descriptor) }
        }
        while true {
            var pollers =
                [stop.descriptor, socket.descriptor].map(Self.poller) + farewells.map { Self.poller($0.descriptor) }
            let timeout = farewells.first.map { milliseconds(until: $0.deadline) } ?? -1
            _ = poll(&pollers, nfds_t(pollers.count), timeout)
            if pollers[0].revents != 0 { return }
            let now = ContinuousClock.now
            for (index, poller) in pollers.dropFirst(2).enumerated().reversed() {
                let isReady = poller.revents != 0
                if isReady ? !Farewell.discard(from: poller.fd) : farewells[index].deadline <= now {
                    close(poller.fd)
                    farewells.remove(at: index)
                }
            }
            if pollers[1].revents != 0 { acceptOne(&farewells) }
        }
    }

    private func acceptOne(_ farewells: inout Farewells) {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let descriptor = withUnsafeMutablePointer(to: &storage) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                clinux_accept(socket.descriptor, $0, &length)
            }
        }
        guard descriptor >= 0 else {
            let code = errno
            if [EMFILE, ENFILE, ENOBUFS, ENOMEM].contains(code) {
                logger.error(
                    "SSH connections cannot be accepted: raise the limit of open files",
                    metadata: ["error": "\(String(cString: strerror(code)))"])
                usleep(100_000)  // the same would come again at once
            }
            return
        }
        var on: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
        let address = ClientAddress(of: storage)
        if let sentence = admission.enter(from: address) {
            logger.debug("SSH connection refused", metadata: ["address": "\(address.text)", "reason": "\(sentence)"])
            refuse(descriptor, sentence, &farewells)
            return
        }
        do {
            try OwnThread.start {
                serve(descriptor, address)
                admission.leave(from: address)
            }
        } catch {
            admission.leave(from: address)
            logger.error("an SSH connection was refused: raise the limit of threads", metadata: ["error": "\(error)"])
            refuse(descriptor, "this server is too busy: try again in a moment", &farewells)
        }
    }

    private func refuse(_ descriptor: Int32, _ sentence: String, _ farewells: inout Farewells) {
        let bytes = Farewell.tooManyConnections(sentence)
        // A fresh socket's buffer takes it whole.
        send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL | MSG_DONTWAIT))
        shutdown(descriptor, Int32(SHUT_WR))
        if farewells.count < Self.farewellLimit {
            farewells.append((descriptor, .now + .seconds(1)))
        } else {
            close(descriptor)
        }
    }

    private static func poller(_ descriptor: Int32) -> pollfd {
        pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    }
}

extension ClientAddress {
    /// The one that accept(2) tells.
    fileprivate init(of storage: sockaddr_storage) {
        var host = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        let failure = withUnsafePointer(to: storage) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                getnameinfo(
                    $0, socklen_t(MemoryLayout<sockaddr_storage>.size), &host, socklen_t(host.count), nil, 0,
                    NI_NUMERICHOST)
            }
        }
        // A link-local address is followed by `%` and its interface.
        let text = host.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }.prefix { $0 != "%" }
        self = (failure == 0 ? ClientAddress(String(text)) : nil) ?? .loopback
    }
}
