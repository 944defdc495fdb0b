import CLinux
import Glibc

/// One HTTP exchange as bytes, so that a test decides what is sent: any path, any Host, or none.
struct HTTPProbe {
    /// TCP port on 127.0.0.1.
    let port: Int

    struct Answer {
        let status: Int
        /// By lower-case name.
        let headers: [String: String]
        let body: String
    }

    struct Failure: Error { let reason: String }

    func get(
        _ host: String, _ path: String = "/", method: String = "GET", headers: [String: String] = [:], body: String = ""
    ) throws -> Answer {
        var lines = ["\(method) \(path) HTTP/1.1", "Host: \(host)", "Connection: close"]
        lines += headers.map { "\($0.key): \($0.value)" }
        if !body.isEmpty { lines.append("Content-Length: \(body.utf8.count)") }
        return try send(lines.joined(separator: "\r\n") + "\r\n\r\n" + body)
    }

    /// Sends bytes as they are, and reads until the connection closes.
    func send(_ request: String) throws -> Answer {
        let connection = try Connection(port: port)
        try connection.write(request)
        var bytes: [UInt8] = []
        while let more = try connection.read() { bytes += more }
        return try Self.answer(String(decoding: bytes, as: UTF8.self))
    }

    private static func answer(_ text: String) throws -> Answer {
        guard let end = text.firstRange(of: "\r\n\r\n") else { throw Failure(reason: "no answer: \(text)") }
        let lines = text[..<end.lowerBound].split(separator: "\r\n")
        guard let status = lines.first?.split(separator: " ").dropFirst().first.flatMap({ Int($0) }) else {
            throw Failure(reason: "no status: \(text)")
        }
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { throw Failure(reason: "no header: \(line)") }
            headers[line[..<colon].lowercased()] = String(line[line.index(colon, offsetBy: 2)...])
        }
        return Answer(status: status, headers: headers, body: String(text[end.upperBound...]))
    }

    final class Connection {
        private let descriptor: Int32

        init(port: Int) throws {
            descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = in_port_t(port).bigEndian
            address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
            let result = withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
            var patience = timeval(tv_sec: 10, tv_usec: 0)
            setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
            guard result == 0 else {
                let code = errno
                close(descriptor)
                throw Failure(reason: "connect: \(String(cString: strerror(code)))")
            }
        }

        deinit { close(descriptor) }

        func write(_ text: String) throws {
            var rest = Array(text.utf8)[...]
            while !rest.isEmpty {
                let count = rest.withUnsafeBytes {
                    Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                }
                guard count > 0 else { throw Failure(reason: "write: \(String(cString: strerror(errno)))") }
                rest = rest.dropFirst(count)
            }
        }

        /// The next bytes; nil at the end. Waits 10 s at most.
        func read() throws -> [UInt8]? {
            var bytes = [UInt8](repeating: 0, count: 1 << 16)
            let count = Glibc.read(descriptor, &bytes, bytes.count)
            if count < 0 { throw Failure(reason: "read: \(String(cString: strerror(errno)))") }
            return count == 0 ? nil : Array(bytes.prefix(count))
        }
    }
}
