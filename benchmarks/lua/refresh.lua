-- Serial chains of refresh tokens: each answer gives the token of a later request. The file: first line the
-- Authorization header, then one first token a line; more of them than connections, so that the pool is never empty.

local headers
local pool, first, last = {}, 1, 0

function init(args)
  local lines = io.lines(args[1])
  headers = { ["Authorization"] = lines(), ["Content-Type"] = "application/x-www-form-urlencoded" }
  for token in lines do
    last = last + 1
    pool[last] = token
  end
end

function request()
  local token = pool[first]
  pool[first] = nil
  first = first + 1
  return wrk.format("POST", nil, headers, "grant_type=refresh_token&refresh_token=" .. token)
end

function response(_, _, body)
  local token = body:match('"refresh_token": ?"([^"]+)"')
  if token then
    last = last + 1
    pool[last] = token
  end
end

function done(summary, latency, _)
  local e = summary.errors
  print(string.format(
    'RESULT {"requests": %d, "microseconds": %d, "p50": %d, "p99": %d, "failed": %d}',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    e.status + e.connect + e.read + e.write + e.timeout))
end
