-- Sends every form body of a load file in turn, from a place on, in a circle.
--   wrk -s post.lua URL -- FILE PLACE      the file: first line the Authorization header, then one body a line
-- Requests are made once, at the start: while it measures, this script only hands out strings.
-- There is no `response` function on purpose: it would cost the client more than many a server. wrk counts by itself
-- every answer that is not 2xx or 3xx; whether the bodies are right is checked before and after.

local requests, next_one = {}, 0

function init(args)
  local lines = io.lines(args[1])
  local headers = { ["Authorization"] = lines(), ["Content-Type"] = "application/x-www-form-urlencoded" }
  for body in lines do
    requests[#requests + 1] = wrk.format("POST", nil, headers, body)
  end
  next_one = tonumber(args[2]) % #requests
end

function request()
  next_one = next_one % #requests + 1
  return requests[next_one]
end

function done(summary, latency, _)
  local e = summary.errors
  print(string.format(
    'RESULT {"requests": %d, "microseconds": %d, "p50": %d, "p99": %d, "failed": %d}',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    e.status + e.connect + e.read + e.write + e.timeout))
end
