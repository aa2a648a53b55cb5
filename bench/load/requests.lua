-- The request comes from the URL and the -H options. Where the path holds the words RANDOMUSER or RANDOMSESSION, each
-- request gets new ones; without them wrk keeps its faster way of sending one prepared request.
-- The only argument is a seed: without one every run would ask for the same users in the same order.

local users = 1000000

function init(args)
  math.randomseed(tonumber(args[1]) or os.time())
  local template = wrk.format()
  if not template:find("RANDOMUSER") then return end
  local before, between, after = template:match("^(.-)RANDOMSESSION(.-)RANDOMUSER(.*)$")
  request = function()
    return before .. math.random(0, 999999999) .. between .. math.random(0, users - 1) .. after
  end
end

function done(summary, latency, requests)
  local e = summary.errors
  io.write(string.format(
    'RESULT {"requests":%d,"seconds":%.6f,"bytes":%d,"p50Ms":%.3f,"p99Ms":%.3f,"maxMs":%.3f,' ..
    '"errors":{"connect":%d,"read":%d,"write":%d,"timeout":%d,"status":%d}}\n',
    summary.requests, summary.duration / 1e6, summary.bytes,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000, latency.max / 1000,
    e.connect, e.read, e.write, e.timeout, e.status))
end
