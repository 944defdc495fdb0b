import CasterCore

/// TLS at the edge. For each handshake nginx opens the file of the name that the client gives (SNI, RFC 6066 §3), so a new
/// certificate is shown from the next handshake on, and nothing is reloaded. That costs nothing that could be measured: an
/// elliptic-curve key is read in a small part of the time of a handshake. A name without a file gets no certificate.
extension EdgeConfiguration {
    /// What comes before the servers.
    var tls: String {
        """
            ssl_protocols TLSv1.2 TLSv1.3;
            ssl_ciphers ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305;
            ssl_prefer_server_ciphers off;
            ssl_session_cache shared:caster_tls:16m;
            ssl_session_timeout 1d;
            ssl_session_tickets off;
            # The file of a certificate; there is none of this name for what is no host's.
            map $ssl_server_name $caster_certificate {
                default "\(folder.certificates)/-";
        \(certificates.map { "        \($0.pattern) \"\($0.certificate)\";" }.joined(separator: "\n"))
            }
            map $ssl_server_name $caster_key {
                default "\(folder.certificates)/-";
        \(certificates.map { "        \($0.pattern) \"\($0.key)\";" }.joined(separator: "\n"))
            }
        """
    }

    /// Which files are shown for which names; of the expressions, the first that matches counts.
    private var certificates: [(pattern: String, certificate: String, key: String)] {
        let own = "\(folder.certificates)/$ssl_server_name.pem"
        var found: [(pattern: String, certificate: String, key: String)] = []
        func add(_ pattern: String, _ certificate: String, _ key: String? = nil) {
            found.append((pattern, certificate, key ?? certificate))
        }
        let console = platformNames.map { "\"\($0)\"" }
        let below = #""~^[a-z0-9-]+\."# + address.sitesDomain.replacing(".", with: #"\."#) + #"$""#
        if case .files(let certificate, let key) = names.tls?.source {
            for pattern in console + [below] { add(pattern, certificate, key) }
        }
        if names.hasWildcard(address.domain) {
            for pattern in console { add(pattern, "\(folder.certificates)/_.\(address.domain).pem") }
        }
        if names.hasWildcard(address.sitesDomain) {
            add(below, "\(folder.certificates)/_.\(address.sitesDomain).pem")
        }
        add(#""~^(?:[a-z0-9-]+\.)+[a-z0-9-]+$""#, own)
        return found
    }

    /// Whether one certificate is good for all sites at the platform's names.
    var hasCertificateOfSites: Bool {
        if case .files = names.tls?.source { return true }
        return names.hasWildcard(address.sitesDomain)
    }

    /// The directives that make a server listen; over TLS with its certificates.
    func listening(tlsPort: Int?) -> String {
        guard let tlsPort else { return "listen \(socketAddress);" }
        return """
            listen \(socketAddress(port: tlsPort)) ssl http2;
                    ssl_certificate $caster_certificate;
                    ssl_certificate_key $caster_key;
            """
    }

    /// For the platform's own pages, a year; sites decide for themselves.
    var strictTransport: String { "add_header Strict-Transport-Security max-age=31536000 always;" }

    /// Over http, for names whose certificate is a matter of time at most.
    var redirects: String {
        """
            server {
                listen \(socketAddress);
                server_name \((platformNames + (hasCertificateOfSites ? [siteHosts] : [])).joined(separator: " "));
        \(malformedRequests)
        \(challenges)
                location / {
                    return 308 https://$host\(address.portSuffix)$request_uri;
                }
            }
        """
    }

    /// Over http, for hosts that may have no certificate yet.
    var redirectOnceSecure: String {
        """
        \(challenges)
                set $caster_secure "";
                if (-f "\(folder.certificates)/$host.pem") {
                    set $caster_secure 1;
                }
                if ($request_uri ~ ^/\\.well-known/acme-challenge/) {
                    set $caster_secure "";
                }
                if ($caster_secure) {
                    return 308 https://$host\(address.portSuffix)$request_uri;
                }
        """
    }

    /// Where a certificate authority looks (RFC 8555 §8.3), by http only.
    private var challenges: String {
        """
                location ^~ /.well-known/acme-challenge/ {
                    root "\(folder.challenges)";
                    default_type application/octet-stream;
                    try_files $uri =404;
                }
        """
    }
}
