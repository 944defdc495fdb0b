import CasterCore
import Foundation
import Testing

struct SSHPublicKeyTests {
    private static let key = "AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl"

    @Test func aLineIsTakenApart() throws {
        let key = try SSHPublicKey("  ssh-ed25519 \(Self.key) alice @ laptop\n")
        #expect(key.line == "ssh-ed25519 \(Self.key) alice @ laptop")
        #expect(key.comment == "alice @ laptop")
        // GitHub's published fingerprint of this key.
        #expect(key.fingerprint == "SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU")
    }

    @Test func theCommentMayBeMissing() throws {
        #expect(try SSHPublicKey("ssh-ed25519 \(Self.key)").comment == nil)
    }

    @Test func theFingerprintIsOfTheKeyAlone() throws {
        let plain = try SSHPublicKey("ssh-ed25519 \(Self.key)")
        #expect(try SSHPublicKey("ssh-ed25519\t\(Self.key)\tx").fingerprint == plain.fingerprint)
    }

    @Test(arguments: [2048, 3072, 4096])
    func rsaKeysFromTwoThousandAndFortyEightBits(_ bits: Int) throws {
        let blob = Self.blob("ssh-rsa", Data([1, 0, 1]), Self.modulus(bits))
        #expect(try SSHPublicKey("ssh-rsa \(blob)").line == "ssh-rsa \(blob)")
    }

    @Test(arguments: [
        ("ssh-rsa \(blob("ssh-rsa", Data([1, 0, 1]), modulus(2047)))", "2047"),
        ("ssh-rsa \(blob("ssh-rsa", Data([1, 0, 1])))", "damaged"),
        ("ssh-ed25519 \(blob("ssh-ed25519", Data(count: 31)))", "damaged"),
        ("ssh-ed25519 \(blob("ssh-ed25519", Data(count: 32), Data(count: 1)))", "damaged"),
        ("ecdsa-sha2-nistp256 \(blob("ecdsa-sha2-nistp256", Data("nistp384".utf8), Data(count: 65)))", "damaged"),
        ("ssh-ed25519 \(blob("ssh-rsa", Data(count: 32)))", "not of the type"),
        ("ssh-ed25519 \(Data([0xff, 0xff, 0xff, 0xff]).base64EncodedString())", "not of the type"),
        ("ssh-ed25519 \(key)\nssh-ed25519 \(key)", "one line"),
        ("ssh-ed25519 \(key)\u{2028}x", "one line"),
        ("-----BEGIN OPENSSH PRIVATE KEY-----\nx", "private key"),
        ("from=\"*\" ssh-ed25519 \(key)", "without options"),
        ("ssh-ed25519-cert-v01@openssh.com \(key)", "certificates"),
        ("ssh-dss \(key)", "DSA"),
        ("sk-ssh-ed25519@openssh.com \(key)", "security-key"),
        ("ssh-ed25519 \(key.dropLast(3))", "base64"),
        ("ssh-ed25519", "base64"),
        (" \n", "one line"),
        (String(repeating: "a", count: 20_000), "one line"),
    ])
    func everythingElseIsRefusedWithTheReason(_ line: String, _ word: String) {
        let refusal = #expect(throws: Refusal.self) { try SSHPublicKey(line) }
        #expect(refusal?.sentence.contains(word) == true, "\(refusal?.sentence ?? "")")
    }

    /// Base64 of length-prefixed strings (RFC 4251 §5).
    private static func blob(_ type: String, _ fields: Data...) -> String {
        var bytes = Data()
        for field in [Data(type.utf8)] + fields {
            withUnsafeBytes(of: UInt32(field.count).bigEndian) { bytes.append(contentsOf: $0) }
            bytes += field
        }
        return bytes.base64EncodedString()
    }

    /// A positive number of exactly so many bits, as SSH writes it.
    private static func modulus(_ bits: Int) -> Data {
        let top = UInt8(1 << ((bits - 1) % 8))
        return Data(top == 0x80 ? [0, top] : [top]) + Data(repeating: 0xff, count: (bits - 1) / 8)
    }
}
