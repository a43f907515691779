-- Sends ready-made requests from a file, one after the other. Arguments: the file (requests apart by a zero byte),
-- "again" or "once" (start over at its end, or stop there), and "check" to count answers that are not 302.

local requests, position, is_verified, starts_over = {}, 0, false, true
local threads = {}
unexpected = 0

function setup(thread)
  threads[#threads + 1] = thread
end

function init(args)
  local file = assert(io.open(args[1], "rb"))
  for request in file:read("*a"):gmatch("[^%z]+") do
    requests[#requests + 1] = request
  end
  file:close()
  starts_over = args[2] == "again"
  if args[3] == "check" then
    -- only defined on demand: with it wrk hands every header to Lua, which costs more than the request
    response = function(status)
      if status ~= 302 then
        unexpected = unexpected + 1
      end
    end
  end
end

function request()
  if not is_verified then -- wrk asks once before it starts and sends that one to nobody
    is_verified = true
    return requests[1]
  end
  if position == #requests then
    if not starts_over then
      wrk.thread:stop()
      return requests[position]
    end
    position = 0
  end
  position = position + 1
  return requests[position]
end

function done(summary, latency)
  local errors = summary.errors
  local wrong = errors.status
  for _, thread in ipairs(threads) do
    wrong = math.max(wrong, thread:get("unexpected"))
  end
  io.write(string.format(
    '\n{"requests":%d,"duration_s":%f,"p50_ms":%f,"p99_ms":%f,"unexpected":%d,"socket_errors":%d}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    wrong, errors.connect + errors.read + errors.write + errors.timeout))
end
