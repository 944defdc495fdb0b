import AsyncHTTPClient
import CasterCore
import Foundation
import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// Fetches what a stranger's URL leads to, from the Internet and from nowhere else: the name is looked up once, each of its
/// addresses must be public, and the connection goes to the one that was judged. No redirects, no cookies, a small answer,
/// little time, few at once.
final class PublicWeb: Sendable {
    private static let atOnce = 8
    private static let time = TimeAmount.seconds(10)
    private let bytes: Int
    private let running = Mutex(0)

    /// - Parameter bytes: of an answer at most.
    init(bytes: Int) { self.bytes = bytes }

    /// The body of a 200, and for how many seconds it may be kept (RFC 9111 §5.2.2.1).
    ///
    /// Throws `Refusal.invalid` with why it cannot be had, `.unavailable` if too many are fetched at the moment.
    func get(_ url: URL) async throws -> (body: [UInt8], lifetime: Int) {
        guard url.scheme == "https", let host = url.host, url.port == nil || url.port == 443 else {
            throw Refusal.invalid("\(url.absoluteString.quoted) is not fetched: only https on its own port is")
        }
        let isFree = running.withLock { running in
            guard running < Self.atOnce else { return false }
            running += 1
            return true
        }
        guard isFree else {
            throw Refusal.unavailable("too many documents are fetched at the moment: try again in a few seconds")
        }
        defer { running.withLock { $0 -= 1 } }
        let address = try await Self.address(of: host)
        do {
            return try await fetch(url, host: host, address: address)
        } catch let refusal as Refusal {
            throw refusal
        } catch {
            throw Refusal.invalid("\(url.absoluteString.quoted) cannot be fetched: \(Self.reason(error))")
        }
    }

    private func fetch(
        _ url: URL, host: String, address: InternetAddress
    ) async throws -> (body: [UInt8], lifetime: Int) {
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow,
            timeout: .init(connect: .seconds(5), read: .seconds(5)))
        configuration.dnsOverride = [host: address.text]
        configuration.httpVersion = .http1Only
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        do {
            var request = HTTPClientRequest(url: url.absoluteString)
            request.headers.add(name: "Accept", value: "application/json")
            request.headers.add(name: "User-Agent", value: "Caster")
            let response = try await client.execute(request, timeout: Self.time)
            guard response.status == .ok else {
                throw Refusal.invalid("\(url.absoluteString.quoted) answered \(response.status.code), not 200")
            }
            let body: ByteBuffer
            do {
                body = try await response.body.collect(upTo: bytes)
            } catch is NIOTooManyBytesError {
                throw Refusal.invalid("\(url.absoluteString.quoted) is larger than \(bytes) bytes")
            }
            try await client.shutdown()
            return (Array(body.readableBytesView), Self.lifetime(response.headers.first(name: "Cache-Control")))
        } catch {
            try await client.shutdown()
            throw error
        }
    }

    /// Throws `Refusal.invalid` unless the name has addresses, all of which are public.
    private static func address(of host: String) async throws -> InternetAddress {
        let name = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
        let found = try await NIOThreadPool.singleton.runIfActive { lookUp(name) }
        let judged = found.map { InternetAddress($0) }
        guard let first = judged.first, let first, !judged.contains(nil) else {
            throw Refusal.invalid("\(host.quoted) has no address in the Internet")
        }
        return first
    }

    /// The numeric addresses of a host; none if there is no such name. Blocks.
    private static func lookUp(_ host: String) -> [String] {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, nil, &hints, &list) == 0 else { return [] }
        defer { freeaddrinfo(list) }
        var texts: [String] = []
        var next = list
        while let entry = next {
            var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
            if getnameinfo(
                entry.pointee.ai_addr, entry.pointee.ai_addrlen, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST)
                == 0
            {
                texts.append(text.withUnsafeBufferPointer { String(cString: $0.baseAddress!) })
            }
            next = entry.pointee.ai_next
        }
        return texts
    }

    private static func lifetime(_ cacheControl: String?) -> Int {
        for directive in cacheControl?.lowercased().split(separator: ",") ?? [] {
            let directive = directive.filter { !$0.isWhitespace }
            if directive == "no-store" || directive == "no-cache" { return 0 }
            if directive.hasPrefix("max-age="), let seconds = Int(directive.dropFirst(8)) { return seconds }
        }
        return 3600
    }

    private static func reason(_ error: any Error) -> String {
        let slow: [HTTPClientError] = [.connectTimeout, .readTimeout, .deadlineExceeded]
        if let error = error as? HTTPClientError, slow.contains(error) { return "it takes too long" }
        return "the connection failed"
    }
}
