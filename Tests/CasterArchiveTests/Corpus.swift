import CasterArchive
import CasterCore
import Foundation

/// The archives that `Scripts/corpus.py` writes, made once a run and removed at its end.
enum Corpus {
    static let folder: String = {
        let folder = NSTemporaryDirectory() + "caster-archives-\(getpid())"
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            let python = Process()
            python.executableURL = URL(filePath: "/usr/bin/env")
            python.arguments = ["python3", #filePath.replacing("Corpus.swift", with: "Scripts/corpus.py"), folder]
            try python.run()
            python.waitUntilExit()
            precondition(python.terminationStatus == 0, "corpus.py failed")
        } catch {
            preconditionFailure("corpus.py could not be started: \(error)")
        }
        atexit { try? FileManager.default.removeItem(atPath: Corpus.folder) }
        return folder
    }()

    static func path(_ name: String) -> String { "\(folder)/\(name)" }

    static func bytes(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(filePath: path(name))))
    }
}

/// A file as it came out of an archive.
struct UnpackedFile: Hashable {
    let path: String
    let content: [UInt8]
    var isExecutable = false

    init(_ path: String, _ content: String, isExecutable: Bool = false) {
        self.path = path
        self.content = Array(content.utf8)
        self.isExecutable = isExecutable
    }

    init(_ path: String, bytes: [UInt8]) {
        self.path = path
        content = bytes
    }
}

/// Reads all files of an archive at an absolute path.
func unpack(path: String, limits: Limits = Limits()) throws -> [UnpackedFile] {
    var files: [UnpackedFile] = []
    try ArchiveReader(path: path, limits: limits).forEachFile { path, isExecutable, content in
        var file = UnpackedFile(path.text, bytes: Array(content))
        file.isExecutable = isExecutable
        files.append(file)
    }
    return files
}

/// Reads all files of an archive of the corpus.
func unpack(_ name: String, limits: Limits = Limits()) throws -> [UnpackedFile] {
    try unpack(path: Corpus.path(name), limits: limits)
}

/// Calls `body` with the path of a file that holds these bytes, and removes it.
func withArchive<Result>(_ bytes: [UInt8], _ body: (String) throws -> Result) throws -> Result {
    let path = NSTemporaryDirectory() + "caster-archive-\(UUID().uuidString)"
    try Data(bytes).write(to: URL(filePath: path))
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try body(path)
}
