/// The Lua that nginx runs for requests to containers.
///
/// What counts as traffic, and keeps a container awake: a request that is answered below 400, is no `HEAD`, and does not
/// come from a program that calls itself a robot or a monitor. So scans for pages that are not there let it sleep.
enum ContainerScript {
    /// - Parameters:
    ///   - wakeSocket: where the worker listens.
    ///   - browserPatience: seconds after which somebody with a browser is shown that the site wakes.
    ///   - patience: seconds that any other request waits.
    ///   - sleepAfter: seconds for which traffic is remembered at least; 0 for ever.
    static func text(wakeSocket: String, browserPatience: Int, patience: Int, sleepAfter: Int) -> String {
        """
        local ffi = require "ffi"
        local balancer = require "ngx.balancer"
        ffi.cdef[[ long readlink(const char *path, char *buffer, size_t size); ]]
        local buffer = ffi.new("char[512]")
        local traffic = ngx.shared.caster_traffic
        local find, match, lower = string.find, string.match, string.lower
        caster = {}

        local function entry(host)
            local length = ffi.C.readlink(host, buffer, 512)
            if length <= 0 or length == 512 then return nil end
            return ffi.string(buffer, length)
        end

        -- What an entry's target says: a container's address, port, and both as one; "" if the host sleeps or leads to
        -- another; "files" if it has no container.
        local function parsed(target)
            local address, port = match(target, "/@([%d.]+):(%d+)$")
            if address then return { address = address, port = tonumber(port), peer = address .. ":" .. port } end
            if find(target, "/@asleep", -8, true) or find(target, "../redirect/", 1, true) == 1 then return "" end
            return "files"
        end

        local known, known_count = {}, 0

        -- Where a host leads in the end, as parsed() has it; "none" if nowhere.
        local function lookup(host)
            local target = entry(host)
            if target and not find(target, "/", 1, true) then target = entry(target) end
            if not target then return "none" end
            local found = known[target]
            if not found then
                if known_count == 10000 then known, known_count = {}, 0 end
                found = parsed(target)
                known[target], known_count = found, known_count + 1
            end
            return found
        end

        -- Where the visitors of a host are sent, without a path; nil if they are not.
        local function elsewhere(host)
            local scheme, place = match(entry(host) or "", "^%.%./redirect/(https?):([%w.:-]+)$")
            return scheme and scheme .. "://" .. place
        end

        local function wants_page()
            return ngx.req.get_method() == "GET" and find(ngx.var.http_accept or "", "text/html", 1, true)
        end

        -- Asks the worker to wake a host's container: address and port, or nil and a status.
        local function wake(host)
            local is_page = wants_page()
            local deadline = ngx.now() + (is_page and \(browserPatience) or \(patience))
            while true do
                local left = deadline - ngx.now()
                if left <= 0 then return nil, is_page and 503 or 504 end
                local socket = ngx.socket.tcp()
                socket:settimeouts(1000, 1000, left * 1000)
                if socket:connect("unix:\(wakeSocket)") then
                    local line
                    if socket:send("wake " .. host .. "\\n") then line = socket:receive("*l") end
                    socket:close()
                    if line then
                        local address, port = match(line, "^awake ([%d.]+) (%d+)$")
                        if address then return address, tonumber(port) end
                        return nil, 502
                    end
                else
                    -- The worker is being started.
                    ngx.sleep(0.1)
                end
                ngx.update_time()
            end
        end

        local function enter(container)
            ngx.ctx.container = container
            traffic:incr("n " .. container.peer, 1, 0)
            return container.peer
        end

        -- For $container_peer: where the host's container runs, or the word for what there is instead; see lookup().
        function caster.peer()
            local found = lookup(ngx.var.host)
            return type(found) == "table" and enter(found) or found
        end

        -- For what peer() cannot answer at once.
        function caster.route()
            local host = ngx.var.host
            local found = lookup(host)
            if found == "files" or found == "none" then return ngx.exit(404) end
            if found == "" then
                local url = elsewhere(host)
                if url then return ngx.redirect(url .. ngx.var.request_uri, 308) end
                local address, port = wake(host)
                if not address then
                    ngx.var.container_again = "1"
                    return ngx.exit(port)
                end
                found = { address = address, port = port, peer = address .. ":" .. port }
            end
            ngx.var.container_peer = enter(found)
        end

        function caster.balance()
            local container = ngx.ctx.container
            local ok, problem = balancer.set_current_peer(container.address, container.port)
            if not ok then
                ngx.log(ngx.CRIT, "no container at ", container.peer, ": ", problem)
                return ngx.exit(502)
            end
        end

        -- What counted in this second already.
        local counted, second = {}, 0

        -- The request is over, or begins anew.
        function caster.leave()
            local peer = ngx.var.container_peer
            if not peer or not find(peer, ":", 1, true) then return end
            -- Kept at 0: another process may count at this moment.
            traffic:incr("n " .. peer, -1)
            if second ~= ngx.time() then counted, second = {}, ngx.time() end
            if counted[peer] or ngx.status >= 400 or ngx.req.get_method() == "HEAD" then return end
            local agent = lower(ngx.var.http_user_agent or "")
            if not (find(agent, "bot", 1, true) or find(agent, "crawl", 1, true) or find(agent, "spider", 1, true)
                or find(agent, "monitor", 1, true) or find(agent, "uptime", 1, true)
                or find(agent, "health", 1, true)) then
                counted[peer] = true
                traffic:set("t " .. peer, second, \(sleepAfter * 2))
            end
        end

        -- After a failure: a request without a body that changes nothing is sent once more.
        function caster.again()
            caster.leave()
            ngx.var.container_peer = ""
            local method = ngx.req.get_method()
            if ngx.var.container_again ~= "1" and (method == "GET" or method == "HEAD" or method == "OPTIONS") then
                ngx.var.container_again = "1"
                local address, status = wake(ngx.var.host)
                if address then return ngx.exec("@elsewhere") end
                if status == 503 then return ngx.exec("/.caster/waking") end
            end
            return ngx.exit(502)
        end

        -- One line for each container: its address, the requests under way, and when the last one counted.
        function caster.tell()
            local seen = {}
            for _, key in ipairs(traffic:get_keys(0)) do seen[match(key, "^. (.+)$")] = true end
            for peer in pairs(seen) do
                ngx.say(peer, " ", traffic:get("n " .. peer) or 0, " ", traffic:get("t " .. peer) or 0)
            end
        end
        """
    }
}
