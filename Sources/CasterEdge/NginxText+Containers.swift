import CasterCore

/// Containers are found on the way on which nothing else was: the entry of such a host leads to no folder, so nginx finds
/// no file, and that "not found" is what leads here. Sites of files pay nothing for it. The entry is read by one
/// `readlink(2)` for each request; connections to containers are kept.
extension EdgeConfiguration {
    var loadModules: String { Self.containerModules.map { "load_module \"\($0)\";\n" }.joined() }

    /// What comes before the servers.
    var containers: String {
        """
            lua_shared_dict caster_traffic 16m;
            lua_socket_log_errors off;
            init_by_lua_block {
        \(ContainerScript.text(
            wakeSocket: folder.containerSocket, browserPatience: 2, patience: limits.wakeSeconds,
            sleepAfter: limits.sleepAfter))
        \(certificates)
            }
            upstream container {
                server 0.0.0.1;
                balancer_by_lua_block { caster.balance() }
                keepalive 256;
                keepalive_timeout 2s;
                keepalive_requests 1000000;
            }
            map $http_upgrade $container_connection {
                default upgrade;
                "" "";
            }
            server {
                listen "unix:\(folder.trafficSocket)";
                server_name "";
                location = /traffic {
                    content_by_lua_block { caster.tell() }
                }
                location / {
                    return 404;
                }
            }
        """
    }

    /// In the server of the sites.
    var notFiles: String {
        """
                # Judged before anybody knows whose it is; a site of files takes no body.
                client_max_body_size \(limits.containerRequestBytes);
                error_page 413 @too_large;
                # What is asked there may fail too, and has its page.
                recursive_error_pages on;
                error_page 403 404 = @elsewhere;
                error_page 405 = @not_read;
        """
    }

    var containerLocations: String {
        """
                location @too_large {
                    default_type text/plain;
                    return 413 "the request body is larger than \(limits.containerRequestBytes) bytes (CASTER_CONTAINER_REQUEST_BYTES)\\n";
                }
                location @elsewhere {
        \(whereContainerRuns(otherwise: 404))
        \(container)
                }
                location @not_read {
                    # Not even nginx takes these.
                    if ($request_method ~ ^(TRACE|CONNECT)$) {
                        return 405;
                    }
        \(whereContainerRuns(otherwise: 405))
        \(container)
                }
                location @asked {
                    access_by_lua_block { caster.route() }
        \(container)
                }
                # The container did not answer: asked once more, when it is known to run.
                location @broken {
                    log_by_lua_block { caster.leave() }
                    recursive_error_pages on;
                    error_page 502 /.caster/silent;
                    content_by_lua_block { caster.again() }
                }
                location = /.caster/waking {
                    internal;
                    root "\(files.pages)";
                    add_header Cache-Control no-store always;
                    add_header Retry-After 1 always;
                    try_files /waking.html =503;
                }
                location = /.caster/silent {
                    internal;
                    # The script's own, which outlives the way from one location to another; it is over here.
                    set $container_again "";
                    root "\(files.pages)";
                    add_header Cache-Control no-store always;
                    add_header Retry-After 2 always;
                    try_files /silent.html =502;
                }
        """
    }

    /// Without a coroutine, which whatever may wait needs. 421 stays inside.
    private func whereContainerRuns(otherwise status: Int) -> String {
        """
                    set_by_lua_block $container_peer { return caster.peer() }
                    if ($container_peer = "files") {
                        return \(status);
                    }
                    if ($container_peer = "none") {
                        return 404;
                    }
                    if ($container_peer = "") {
                        return 421;
                    }
        """
    }

    private var container: String {
        """
                    recursive_error_pages on;
                    error_page 421 = @asked;
                    error_page 404 =404 /.caster/missing;
                    error_page 405 /.caster/method;
                    error_page 502 504 = @broken;
                    error_page 503 /.caster/waking;
                    log_by_lua_block { caster.leave() }
                    add_header X-Caster "";
                    gzip off;
                    charset off;
                    proxy_pass http://container;
                    proxy_http_version 1.1;
                    proxy_request_buffering off;
                    proxy_buffering off;
                    proxy_set_header Host $asked_host;
                    proxy_set_header Connection $container_connection;
                    proxy_set_header Upgrade $http_upgrade;
                    proxy_set_header X-Forwarded-For $remote_addr;
                    proxy_set_header X-Real-IP $remote_addr;
                    proxy_set_header X-Forwarded-Proto \(names.tls == nil ? address.scheme : "$scheme");
                    proxy_set_header X-Forwarded-Host $asked_host;
                    proxy_set_header Forwarded "";
                    proxy_connect_timeout 2s;
                    proxy_send_timeout 300s;
                    proxy_read_timeout 3600s;
                    proxy_redirect off;
        """
    }
}
