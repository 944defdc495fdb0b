import CasterCore

extension EdgeConfiguration {
    /// The servers of every site, at the platform's names and at its own: files of the release that the host's entry
    /// leads to. No header is forced on a site but `Cache-Control: no-cache`: browsers keep files, and ask each time
    /// whether they are current, so a deploy shows at once; the answer is a 304 as long as the content is the same.
    ///
    /// What fails ends in `/.caster/…`: names that no site can have, since none with a leading dot is served.
    var sites: String {
        guard let tls = names.tls else { return counted + siteServer(hosts: [siteHosts, ownHosts]) }
        // A host that has no certificate yet is answered over http.
        return counted + siteServer(hosts: [siteHosts, ownHosts], tlsPort: tls.port) + "\n"
            + siteServer(hosts: hasCertificateOfSites ? [ownHosts] : [siteHosts, ownHosts], rules: redirectOnceSecure)
    }

    /// What is counted of a request: see AccessLog.
    private var counted: String {
        """
            map $request_uri $asked_path {
                default "-";
                "~^(?<part>[^?]{1,200})" $part;
            }
            log_format traffic "\(AccessLine.format)";

        """
    }

    var siteHosts: String { "*.\(address.sitesDomain)" }

    /// A domain of a site's owner: any name that ends as no IP address does.
    private var ownHosts: String { #"~^(?:[a-z0-9-]+\.)+[a-z][a-z0-9-]*$"# }

    /// - Parameters:
    ///   - tlsPort: nil for http.
    ///   - rules: what is done before anything else.
    private func siteServer(hosts: [String], tlsPort: Int? = nil, rules: String = "") -> String {
        """
            server {
                access_log "\(files.accessLog)" traffic buffer=64k flush=1s;
                \(listening(tlsPort: tlsPort))
                server_name \(hosts.joined(separator: " "));
        \(rules)
                root $host;
                open_file_cache max=\(cachedFiles) inactive=20s;
                open_file_cache_valid 0;
                error_log "\(files.errorLog)" crit;
                gzip on;
                gzip_vary on;
                gzip_proxied any;
                gzip_comp_level 5;
                gzip_min_length 512;
                gzip_types \(MediaTypes.compressible.joined(separator: " "));
                if_modified_since off;
                add_header Last-Modified "";
                add_header Cache-Control no-cache always;
        \(servesContainers ? notFiles : onlyFiles)

                location ~ /\\. {
                    return 404;
                }
                location ^~ /.well-known/ {
                    location ~ ^/\\.well-known/(.*/)?\\. {
                        return 404;
                    }
                }

                # The site's own page, else "not found", or "no site here" if the host has no entry.
                location = /.caster/missing {
                    internal;
                    try_files /404.html @plain;
                }
                location @plain {
                    root "\(files.pages)";
                    if (!-d $host) {
                        rewrite ^ /.caster/no-site last;
                    }
                    try_files /missing.html =404;
                }
                location = /.caster/no-site {
                    internal;
                    root "\(files.pages)";
                    try_files /no-site.html =404;
                }
                location = /.caster/method {
                    internal;
                    root "\(files.pages)";
                    add_header Cache-Control no-cache always;
                    add_header Allow "GET, HEAD" always;
                    try_files /method.html =405;
                }
        \(servesContainers ? containerLocations : fileLocations)
            }
        """
    }

    private var onlyFiles: String {
        """
                recursive_error_pages on;
                error_page 403 404 =404 /.caster/missing;
                error_page 405 = @not_read;
        """
    }

    private var fileLocations: String {
        """
                location @not_read {
                    error_page 404 =404 /.caster/missing;
                    error_page 405 /.caster/method;
                    if (!-d $host) {
                        return 404;
                    }
                    return 405;
                }
        """
    }
}
