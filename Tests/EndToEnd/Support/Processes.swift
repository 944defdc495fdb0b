import Foundation
import Glibc

/// A process of this machine, as /proc shows it.
struct Processes: Sendable {
    let pid: Int32
    /// The command line. A title that a process gave itself is one string: it is split at its spaces too.
    let words: [String]

    static var all: [Processes] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.compactMap(Int32.init).compactMap { pid in
            guard let line = FileManager.default.contents(atPath: "/proc/\(pid)/cmdline"), !line.isEmpty else {
                return nil
            }
            let words = line.split { $0 == 0 || $0 == UInt8(ascii: " ") }.map { String(decoding: $0, as: UTF8.self) }
            return Processes(pid: pid, words: words)
        }
    }

    /// Those whose working directory is `folder` or below it.
    static func working(in folder: String) -> [Processes] {
        all.filter { process in
            let place = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(process.pid)/cwd")
            return place.map { $0 == folder || $0.hasPrefix(folder + "/") } ?? false
        }
    }

    /// The environment that it was started with; empty when it is gone.
    var environment: [String] {
        let bytes = FileManager.default.contents(atPath: "/proc/\(pid)/environ") ?? Data()
        return bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
    }

    /// KiB of a line of /proc/<pid>/status such as `VmRSS` or `VmHWM`.
    static func memory(_ name: String, of pid: Int32) throws -> Int {
        let status = try String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)
        let line = status.split(separator: "\n").first { $0.hasPrefix("\(name):") }
        return line?.split(separator: " ").compactMap { Int($0) }.first ?? 0
    }
}
