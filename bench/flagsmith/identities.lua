-- Sends POST requests whose bodies are the lines of a file, each time one at random.
--   wrk … -s identities.lua url -- seed file

local requests = {}

function init(args)
  math.randomseed(tonumber(args[1]) or os.time())
  wrk.method = "POST"
  wrk.headers["Content-Type"] = "application/json"
  for line in io.lines(args[2]) do
    wrk.body = line
    requests[#requests + 1] = wrk.format()
  end
end

function request()
  return requests[math.random(1, #requests)]
end

function done(summary, latency, requests)
  local e = summary.errors
  io.write(string.format(
    'RESULT {"requests":%d,"seconds":%.6f,"p50Ms":%.3f,"p99Ms":%.3f,"maxMs":%.3f,' ..
    '"errors":{"connect":%d,"read":%d,"write":%d,"timeout":%d,"status":%d}}\n',
    summary.requests, summary.duration / 1e6,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000, latency.max / 1000,
    e.connect, e.read, e.write, e.timeout, e.status))
end
