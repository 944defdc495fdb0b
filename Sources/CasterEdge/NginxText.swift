import CasterCore

/// nginx's configuration as text. No site, name or deploy changes it.
///
/// Visitors' requests cross as few steps as can be:
/// - `root $host` with the routing table as working directory and `-p ./`: a request's path is `./<host>/<file>`, without
///   the components of the data folder's own path.
/// - `open_file_cache` keeps files open, but with a validity of 0 seconds, so that each request still asks the file
///   system which file the path means, by one `stat(2)` instead of `open`, `fstat` and `close`. A cached descriptor is used
///   only if it is of that very inode, which cannot be another file's while it is open. So a new release shows with the
///   first request after the rename.
///
/// The `ETag` is nginx's: modification time and size. Releases make the time from the content, so the tag stands for the
/// content; as a date it means nothing, so `Last-Modified` is neither sent nor compared.
extension EdgeConfiguration {
    /// The whole of `nginx.conf`.
    public var text: String {
        """
        # Written by caster when it starts nginx; changes are lost.
        \(servesContainers ? loadModules : "")\
        \(isRoot ? "user root root;\n" : "")\
        daemon off;
        worker_processes auto;
        worker_rlimit_nofile \(openFiles);
        worker_shutdown_timeout 3s;
        working_directory "\(folder.hosts)";
        pid "\(files.pid)";
        error_log "\(files.errorLog)" error;
        pcre_jit on;

        events {
            worker_connections \(connections);
        }

        http {
            types {
        \(MediaTypes.directives)
            }
            default_type \(MediaTypes.standard);
            types_hash_max_size 4096;
            charset utf-8;
            charset_types \(MediaTypes.withCharset.joined(separator: " "));

            access_log off;
            log_not_found off;
            server_tokens off;
            sendfile on;
            tcp_nopush on;
            keepalive_timeout 65s;
            keepalive_requests 10000;
            reset_timedout_connection on;
            client_header_timeout 15s;
            client_body_timeout 30s;
            send_timeout 30s;
            large_client_header_buffers 4 16k;
            server_names_hash_bucket_size 256;
            absolute_redirect off;
        \(proxies)
        \(names.tls == nil ? "" : tls)
            client_body_temp_path "\(files.temporary)/body";
            proxy_temp_path "\(files.temporary)/proxy";
            fastcgi_temp_path "\(files.temporary)/fastcgi";
            scgi_temp_path "\(files.temporary)/scgi";
            uwsgi_temp_path "\(files.temporary)/uwsgi";

        \(servesContainers ? containers : "")

        \(sites)

        \(platform)

        \(names.tls == nil ? "" : redirects)

        \(strangers)
        }

        """
    }

    var files: EdgeFiles { EdgeFiles(folder) }

    /// Whose word is taken for a visitor's address: from here on, `$remote_addr` is what they say.
    private var proxies: String {
        guard !trustedProxies.isEmpty else { return "" }
        let lines = trustedProxies.map { "    set_real_ip_from \($0);" }
        return (lines + ["    real_ip_header X-Forwarded-For;", "    real_ip_recursive on;"]).joined(separator: "\n")
    }

    /// Any other host, and requests without one. Over TLS none of these gets as far as a request.
    private var strangers: String {
        let options = "default_server backlog=4096\(isIPv6 ? " ipv6only=\(bind == "::" ? "off" : "on")" : "")"
        return """
            \(names.tls.map { tlsStrangers(port: $0.port, options: options) } ?? "")
                server {
                    listen \(socketAddress) \(options);
                    server_name "";
                    root "\(files.pages)";
                    add_header Cache-Control no-cache always;
                    error_page 404 405 =404 /.caster/no-site;
            \(malformedRequests)
                    location / {
                        return 404;
                    }
                    location = /.caster/no-site {
                        internal;
                        try_files /no-site.html =404;
                    }
                }
            """
    }

    private func tlsStrangers(port: Int, options: String) -> String {
        """
            server {
                listen \(socketAddress(port: port)) ssl http2 \(options);
                server_name "";
                ssl_reject_handshake on;
            }
        """
    }
}
