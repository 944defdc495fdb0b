import CasterCore

extension EdgeConfiguration {
    /// The servers of the API and the console: proxies to the HTTP front's socket. With TLS, this machine's own names alone
    /// are answered over http.
    ///
    /// Requests are buffered, so that a slow sender never holds a request of the front open; responses stop being read
    /// when the client does not take them, and stream if the front says `X-Accel-Buffering: no`.
    var platform: String {
        """
            upstream caster {
                server "unix:\(folder.httpSocket)";
                keepalive 64;
                keepalive_requests 100000;
            }
            # The port survives, and an absolute request line wins over a Host header that contradicts it (RFC 9112 §3.2.2).
            map "$host $http_host" $asked_host {
                default $host;
                "~*^([^ ]+) (?<given>\\1(:[0-9]{1,5})?)$" $given;
            }
            # The front's own policy, if it sends one, stands alone.
            map $upstream_http_content_security_policy $policy {
                default "";
                "" "default-src 'self'; style-src 'self' \(EdgePage.styleSource); base-uri 'none'; form-action 'self'; \
        frame-ancestors 'none'; object-src 'none'";
            }
            map $http_accept $wants_page {
                default 0;
                ~text/html 1;
            }
        \(names.tls == nil ? platformServer(hosts: platformHosts) : platformServer(hosts: machineHosts))
        \(names.tls.map { platformServer(hosts: platformNames, tlsPort: $0.port) } ?? "")
        """
    }

    private func platformServer(hosts: [String], tlsPort: Int? = nil) -> String {
        """
            server {
                \(listening(tlsPort: tlsPort))
                server_name \(hosts.joined(separator: " "));
                default_type application/json;
                client_max_body_size \(limits.requestBytes + 65536);
                client_body_buffer_size 64k;
                add_header X-Content-Type-Options nosniff always;
                add_header X-Frame-Options DENY always;
                add_header Referrer-Policy same-origin always;
                add_header Content-Security-Policy $policy always;
                \(tlsPort == nil ? "" : strictTransport)
                error_page 405 @method;
                error_page 413 @too_large;
                error_page 500 @no_room;
        \(malformedRequests)
                error_page 502 /.caster/down;
                error_page 504 @late;

                proxy_http_version 1.1;
                proxy_set_header Connection "";
                proxy_set_header Host $asked_host;
                proxy_set_header X-Forwarded-For $remote_addr;
                proxy_set_header X-Forwarded-Proto \(names.tls == nil ? address.scheme : "$scheme");
                proxy_set_header X-Forwarded-Host "";
                proxy_set_header Forwarded "";
                proxy_connect_timeout 5s;
                proxy_send_timeout 60s;
                proxy_read_timeout 300s;
                proxy_max_temp_file_size 0;
                proxy_redirect off;
                location / {
                    proxy_pass http://caster;
                }
                # Where files arrive: these bodies alone may fill a temporary file of some size.
                location ~ "^(/api/v1)?(/sites/[^/]+)?/(deploy|paste|files|mcp)/?$" {
                    client_max_body_size \(max(limits.filesBodyBytes, limits.archiveBytes + 65536));
                    error_page 413 @too_many_files;
                    error_page 500 @no_room;
                    error_page 502 /.caster/down;
                    error_page 504 @late;
                    proxy_pass http://caster;
                }
                # nginx itself refuses TRACE and CONNECT.
                location @method {
                    \(tlsPort == nil ? "" : strictTransport)
                    add_header Allow "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS" always;
                    return 405 '{"error": "method not allowed"}';
                }
                location @too_large {
                    return 413 '{"error": "the request body is larger than \(limits.requestBytes) bytes (CASTER_REQUEST_BYTES)"}';
                }
                location @too_many_files {
                    return 413 '{"error": "the request body is larger than CASTER_UPLOAD_BYTES (\(limits.uploadBytes)) and CASTER_ARCHIVE_BYTES (\(limits.archiveBytes)) allow"}';
                }
                location @late {
                    return 504 '{"error": "the platform did not answer in time: what the request began may still be carried out"}';
                }
                # Of nginx's own doing: it could not write the request's body to its temporary folder.
                location @no_room {
                    return 500 '{"error": "the server\\'s disk is full: nothing was stored; try again when the operator has made room"}';
                }
                location = /.caster/down {
                    internal;
                    root "\(files.pages)";
                    add_header Cache-Control no-store always;
                    add_header Retry-After 2 always;
                    add_header X-Content-Type-Options nosniff always;
                    add_header X-Frame-Options DENY always;
                    add_header Referrer-Policy same-origin always;
                    add_header Content-Security-Policy $policy always;
                    \(tlsPort == nil ? "" : strictTransport)
                    if ($wants_page = 0) {
                        return 502 '{"error": "the platform is starting or being updated: try again in a few seconds"}';
                    }
                    try_files /down.html =502;
                }
            }
        """
    }

    /// What nginx itself refuses before it knows the request's path, or even its host: the API's kind of answer, since a
    /// browser does not send such requests.
    var malformedRequests: String {
        """
                error_page 400 /.caster/malformed;
                error_page 414 /.caster/long-line;
                error_page 494 =431 /.caster/large-headers;
                location = /.caster/malformed {
                    internal;
                    default_type application/json;
                    return 400 '{"error": "the request is not valid HTTP, or its path cannot be one"}';
                }
                location = /.caster/long-line {
                    internal;
                    default_type application/json;
                    return 414 '{"error": "the request line is longer than 16 KB"}';
                }
                location = /.caster/large-headers {
                    internal;
                    default_type application/json;
                    return 431 '{"error": "a request header is longer than 16 KB, or all of them longer than 64 KB"}';
                }
        """
    }
}
