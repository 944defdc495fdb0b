import CasterCore

/// TLS at the edge. A name without a file gets no certificate: see `CertificateScript`.
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
        """
    }

    /// In the Lua that nginx runs when it starts.
    var certificates: String {
        guard let tls = names.tls else { return "" }
        var hosts: [(name: String, files: CertificateScript.Files)] = []
        var sites: (domain: String, files: CertificateScript.Files)?
        func wildcard(_ domain: String) -> CertificateScript.Files { .init("\(folder.certificates)/_.\(domain).pem") }
        if case .files(let certificate, let key) = tls.source {
            let files = CertificateScript.Files(certificate, key: key)
            hosts = platformNames.map { ($0, files) }
            sites = (address.sitesDomain, files)
        }
        if names.hasWildcard(address.domain) { hosts = platformNames.map { ($0, wildcard(address.domain)) } }
        if names.hasWildcard(address.sitesDomain) { sites = (address.sitesDomain, wildcard(address.sitesDomain)) }
        return CertificateScript.text(hosts: hosts, sites: sites, folder: folder.certificates)
    }

    /// Whether one certificate is good for all sites at the platform's names.
    var hasCertificateOfSites: Bool {
        if case .files = names.tls?.source { return true }
        return names.hasWildcard(address.sitesDomain)
    }

    /// The directives that make a server listen; over TLS with its certificates. nginx wants to be told of files too: these
    /// are read by nobody.
    func listening(tlsPort: Int?) -> String {
        guard let tlsPort else { return "listen \(socketAddress);" }
        return """
            listen \(socketAddress(port: tlsPort)) ssl http2;
                    ssl_certificate $ssl_server_name;
                    ssl_certificate_key $ssl_server_name;
                    ssl_certificate_by_lua_block { certificates.show() }
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
