import Foundation
import Testing

/// `CASTER_TLS=files`: https with a certificate of the operator's.
@Suite(.timeLimit(.minutes(3)))
struct TLSTests {
    @Test func theConsoleAndSitesAnswerOverHTTPS() async throws {
        try await withSecurePlatform { platform, root in
            let account = try await platform.account(addsKey: false)
            let created = try await account.api("POST", "/sites")
            let site = try account.site(created.json["site"])
            #expect(created.json["url"] == .string("https://\(site.host):\(platform.tlsPort)"))
            try await site.pastePage("over TLS")

            let page = try await platform.secure(host: site.host, root: root, ["--http2"])
            #expect(page.status == 200)
            #expect(page.text == "over TLS")
            #expect(page.header("Strict-Transport-Security") == nil)
            let version = try await platform.handshake(["-servername", site.host, "-alpn", "h2,http/1.1"])
            #expect(version.text.contains("ALPN protocol: h2"))

            let console = try await platform.secure(host: "console.caster.localhost", path: "/sign-in", root: root)
            #expect(console.status == 200)
            #expect(console.header("Strict-Transport-Security") == "max-age=31536000")
            #expect(console.header("Set-Cookie")?.hasPrefix("__Host-caster=") == true)
            #expect(console.header("Set-Cookie")?.contains("; Secure") == true)
            let api = try await platform.secure(
                host: "console.caster.localhost", path: "/api/v1/me", root: root,
                ["--header", "Authorization: Bearer \(account.apiKey)"])
            #expect(api.status == 200)
        }
    }

    @Test func plainHTTPLeadsToHTTPS() async throws {
        try await withSecurePlatform { platform, _ in
            for host in ["console.caster.localhost", "caster.localhost", "0a1b2c3d.caster.localhost"] {
                let reply = try await platform.get(host: host, path: "/a%20b?c=d")
                #expect(reply.status == 308, "\(host)")
                #expect(reply.header("Location") == "https://\(host):\(platform.tlsPort)/a%20b?c=d")
            }
            let posted = try await platform.get(
                host: "console.caster.localhost", path: "/api/v1/deploy", method: "POST")
            #expect(posted.status == 308)
            // What a certificate authority asks for is answered where it asks.
            let token = "/.well-known/acme-challenge/token"
            #expect(try await platform.get(host: "console.caster.localhost", path: token).status == 404)
            // This machine's own names have no certificate.
            #expect(try await platform.api("GET", "/me").status == 401)
        }
    }

    @Test func anUnknownNameGetsNoCertificate() async throws {
        try await withSecurePlatform { platform, _ in
            for name in ["example.com", "a.b.caster.localhost", "x.example.org", "..", "caster.localhost.example"] {
                let shown = try await platform.handshake(["-servername", name])
                #expect(shown.status != 0, "\(name)")
                #expect(!shown.text.contains("BEGIN CERTIFICATE"), "\(name): \(shown.text)")
            }
            let nameless = try await platform.handshake(["-noservername"])
            #expect(nameless.status != 0)
            #expect(!nameless.text.contains("BEGIN CERTIFICATE"))
        }
    }

    @Test func onlyModernProtocolsAndCiphers() async throws {
        try await withSecurePlatform { platform, _ in
            let name = ["-servername", "console.caster.localhost"]
            for good in [["-tls1_2"], ["-tls1_3"], ["-tls1_2", "-cipher", "ECDHE-ECDSA-CHACHA20-POLY1305"]] {
                #expect(try await platform.handshake(name + good).text.contains("BEGIN CERTIFICATE"), "\(good)")
            }
            for bad in [
                ["-tls1"], ["-tls1_1"], ["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA"],
                ["-tls1_2", "-cipher", "AES128-GCM-SHA256"], ["-tls1_2", "-cipher", "ECDHE-ECDSA-AES256-SHA384"],
            ] {
                let weak = bad.contains("-cipher") ? bad : bad + ["-cipher", "ALL:@SECLEVEL=0"]
                #expect(try await !platform.handshake(name + weak).text.contains("BEGIN CERTIFICATE"), "\(bad)")
            }
            let again = try await platform.handshake(name + ["-tls1_2", "-reconnect"])
            #expect(again.text.contains("Reused, TLSv1.2"))
        }
    }

    /// The operator's renewal: the next handshake shows it, and nginx is the same.
    @Test func aNewCertificateNeedsNoReload() async throws {
        try await withSecurePlatform { platform, root in
            let nginx = platform.nginxPID
            let first = try await platform.serial(shownTo: "console.caster.localhost")
            _ = try await OwnCertificate(in: platform.folder, names: Self.names)
            try FileManager.default.removeItem(atPath: root)
            try FileManager.default.copyItem(atPath: "\(platform.folder)/own.pem", toPath: root)
            let key = root.replacing(".pem", with: ".key")
            try FileManager.default.removeItem(atPath: key)
            try FileManager.default.copyItem(atPath: "\(platform.folder)/own.key", toPath: key)
            let second = try await platform.serial(shownTo: "console.caster.localhost")
            #expect(first != nil)
            #expect(second != nil)
            #expect(first != second)
            #expect(platform.nginxPID == nginx)
        }
    }

    @Test func wrongSettingsAreRefused() async throws {
        let cases: [(settings: [String: String], sentence: String)] = [
            (["CASTER_TLS": "on"], "CASTER_TLS must be off, files or acme, not 'on'"),
            (["CASTER_TLS": "files"], "CASTER_TLS_CERTIFICATE must be set, because CASTER_TLS is files"),
            (
                ["CASTER_TLS": "files", "CASTER_TLS_CERTIFICATE": "/none", "CASTER_TLS_KEY": "/none"],
                "CASTER_TLS_CERTIFICATE cannot be read: /none: No such file or directory"
            ),
            (["CASTER_TLS": "acme"], "CASTER_ACME_EMAIL must be set, because CASTER_TLS is acme"),
            (
                ["CASTER_TLS": "acme", "CASTER_ACME_EMAIL": "a@example.com"],
                "CASTER_ACME_ACCEPT_TERMS must be yes: read the terms of "
                    + "https://acme-v02.api.letsencrypt.org/directory first"
            ),
            (["CASTER_DNS": "rfc2136"], "CASTER_DNS_SERVER must be set, because CASTER_DNS is rfc2136"),
            (
                ["CASTER_DNS": "rfc2136", "CASTER_DNS_SERVER": "127.0.0.1", "CASTER_DNS_ZONE": "example.com"],
                "CASTER_DNS_ZONE must be caster.localhost or a domain above it, not 'example.com'"
            ),
            (
                ["CASTER_DNS": "rfc2136", "CASTER_DNS_SERVER": "127.0.0.1", "CASTER_DNS_KEY_FILE": "/etc/hostname"],
                "CASTER_PUBLIC_ADDRESSES must be set, because sites' DNS records name them"
            ),
            (["CASTER_PUBLIC_ADDRESSES": "here"], "CASTER_PUBLIC_ADDRESSES must be IP addresses with commas, or none"),
            (["CASTER_SITES_DOMAIN": "-"], "CASTER_SITES_DOMAIN must be a host name, not '-'"),
        ]
        for (settings, sentence) in cases {
            let refusal = try await refusal(of: settings)
            #expect(refusal.contains("caster: \(sentence)"), "\(refusal)")
        }
    }

    /// What a platform says that does not start.
    private func refusal(of settings: [String: String]) async throws -> String {
        let platform = try Platform(roles: [.serve], settings: settings)
        try platform.start(.serve)
        try await eventually("\(settings) was not refused") { platform.log.contains("caster: ") }
        _ = try await platform.stop(.serve)
        #expect(platform.nginxPID == nil)
        let log = platform.log
        await platform.end()
        return log
    }

    @Test func aCertificateThatIsNoneIsRefused() async throws {
        try await withFolder { folder in
            let good = try await OwnCertificate(in: folder, names: Self.names)
            try FileManager.default.createDirectory(atPath: "\(folder)/2", withIntermediateDirectories: false)
            let partial = try await OwnCertificate(in: "\(folder)/2", names: ["caster.localhost", "*.other.localhost"])
            func refusal(certificate: String, key: String) async throws -> String {
                try await self.refusal(of: [
                    "CASTER_TLS": "files", "CASTER_TLS_PORT": "\(Ports.free())", "CASTER_TLS_CERTIFICATE": certificate,
                    "CASTER_TLS_KEY": key,
                ])
            }
            #expect(
                try await refusal(certificate: good.key, key: good.key)
                    == "--- caster serve\ncaster: CASTER_TLS_CERTIFICATE is no certificate in PEM: \(good.key)\n")
            #expect(
                try await refusal(certificate: good.certificate, key: good.certificate).contains(
                    "caster: CASTER_TLS_KEY is no private key in PEM without a passphrase: \(good.certificate)\n"))
            #expect(
                try await refusal(certificate: good.certificate, key: partial.key).contains(
                    "CASTER_TLS_KEY does not belong to the certificate: \(partial.key), \(good.certificate)\n"))
            #expect(
                try await refusal(certificate: partial.certificate, key: partial.key).contains(
                    "CASTER_TLS_CERTIFICATE is not good for console.caster.localhost: \(partial.certificate)\n"))
        }
    }

    /// It may be replaced at any time: the platform starts, and says so.
    @Test func anExpiredOneIsWarnedOf() async throws {
        try await withFolder { folder in
            let own = try await OwnCertificate(in: folder, names: Self.names)
            try await own.expire()
            try await withPlatform(settings: own.settings(tlsPort: Ports.free())) { platform in
                #expect(platform.log.contains("the certificate has expired, and visitors are warned of it: renew it"))
                let shown = try await platform.serial(shownTo: "console.caster.localhost")
                #expect(shown != nil)
            }
        }
    }

    private static let names = ["caster.localhost", "*.caster.localhost"]

    /// - Parameter body: gets the path of the certificate, which the visitors trust.
    private func withSecurePlatform(_ body: (Platform, _ root: String) async throws -> Void) async throws {
        try await withFolder { folder in
            let own = try await OwnCertificate(in: folder, names: Self.names)
            try await withPlatform(settings: own.settings(tlsPort: Ports.free())) { platform in
                try await body(platform, own.certificate)
            }
        }
    }

    private func withFolder(_ body: (String) async throws -> Void) async throws {
        let folder = "/tmp/ct-own\(UInt32.random(in: .min ... .max))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try await body(folder)
    }
}
