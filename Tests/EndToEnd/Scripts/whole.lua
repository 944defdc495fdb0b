-- For wrk: every answer must be one whole version of /page.txt, which begins and ends with its number.
local threads = {}
local counter = 0

function setup(thread)
    thread:set("number", counter)
    counter = counter + 1
    table.insert(threads, thread)
end

function init(arguments)
    answers, failed, mixed, newest, older = 0, 0, 0, 0, 0
end

function request()
    return wrk.format("GET", "/page.txt", { Host = wrk.headers["Host"] })
end

function response(status, headers, body)
    answers = answers + 1
    if status ~= 200 then
        failed = failed + 1
        return
    end
    local first, last = body:match("^version (%d+)\n.*\nend (%d+)\n$")
    if first == nil or first ~= last then
        mixed = mixed + 1
        return
    end
    newest = math.max(newest, tonumber(first))
end

function done(summary, latency, requests)
    local sums = { answers = 0, failed = 0, mixed = 0 }
    local newest = 0
    for _, thread in ipairs(threads) do
        for name in pairs(sums) do sums[name] = sums[name] + thread:get(name) end
        newest = math.max(newest, thread:get("newest"))
    end
    local errors = summary.errors
    print(string.format("answers=%d failed=%d mixed=%d newest=%d socket=%d", sums.answers, sums.failed, sums.mixed,
        newest, errors.connect + errors.read + errors.write + errors.timeout))
end
