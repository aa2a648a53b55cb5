-- Sends requests in turn that are written in a file, one a line: method, path, If-None-Match and body, with tabs between.
--   wrk … -s requests.lua url -- file

local requests = {}
local sent = 0

function init(args)
  for line in io.lines(args[1]) do
    local method, path, condition, body = line:match("^([^\t]*)\t([^\t]*)\t([^\t]*)\t(.*)$")
    local headers = {}
    for name, value in pairs(wrk.headers) do headers[name] = value end
    if condition ~= "" then headers["If-None-Match"] = condition end
    if body ~= "" then headers["Content-Type"] = "application/json" end
    requests[#requests + 1] = wrk.format(method, path, headers, body ~= "" and body or nil)
  end
end

function request()
  sent = sent % #requests + 1
  return requests[sent]
end

function done(summary, latency)
  local e = summary.errors
  io.write(string.format(
    'RESULT {"requests":%d,"seconds":%.6f,"bytes":%d,"p99Ms":%.3f,' ..
    '"errors":{"connect":%d,"read":%d,"write":%d,"timeout":%d,"status":%d}}\n',
    summary.requests, summary.duration / 1e6, summary.bytes, latency:percentile(99) / 1000,
    e.connect, e.read, e.write, e.timeout, e.status))
end
