-- Sends POST requests whose bodies are the lines of a file, each time one at random.
--   wrk … -s identities.lua url -- seed file [once]
-- With `once` each request is about another identity, so that no body ever comes again: a number that counts up takes
-- the place of the identifier.

local requests = {}
local once = false
local count = 0
local placeholder = "once-" .. string.rep("0", 14)

function init(args)
  math.randomseed(tonumber(args[1]) or os.time())
  once = args[3] == "once"
  -- later runs begin elsewhere
  count = math.random(1, 90000000) * 1000000
  wrk.method = "POST"
  wrk.headers["Content-Type"] = "application/json"
  for line in io.lines(args[2]) do
    wrk.body = once and line:gsub('^{"identifier":"[^"]*"', '{"identifier":"' .. placeholder .. '"') or line
    local text = wrk.format()
    if once then
      local from, to = text:find(placeholder, 1, true)
      requests[#requests + 1] = { text:sub(1, from + 4), text:sub(to + 1) }
    else
      requests[#requests + 1] = text
    end
  end
end

function request()
  local chosen = requests[math.random(1, #requests)]
  if not once then return chosen end
  count = count + 1
  return chosen[1] .. string.format("%014d", count) .. chosen[2]
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
