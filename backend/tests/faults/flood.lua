-- One create and four reads in turn, or reads alone; says what came back, since wrk alone does not tell 503 from other refusals.
local threads, ids = {}, {}
local number = 0

function setup(thread)
  table.insert(threads, thread)
end

function init(arguments)
  good, created, busy, other = 0, 0, 0, 0
  creates = arguments[1] == "creates"
  for index = 2, #arguments do ids[index - 1] = arguments[index] end
end

-- Who only reads is a good client, and pauses for 10 ms after each answer.
function delay()
  return creates and 0 or 10
end

function request()
  number = number + 1
  if creates and number % 5 == 0 then
    return wrk.format("POST", "/api/v1/tasks", {["Content-Type"] = "application/json"}, '{"title": "Buy milk"}')
  end
  return wrk.format("GET", "/api/v1/tasks/" .. ids[number % #ids + 1])
end

function response(status)
  if status >= 200 and status < 300 then
    good = good + 1
    if status == 201 then created = created + 1 end
  elseif status == 503 then busy = busy + 1
  else other = other + 1 end
end

function done(summary, latency)
  local counts = {good = 0, created = 0, busy = 0, other = 0}
  for _, thread in ipairs(threads) do
    for name in pairs(counts) do counts[name] = counts[name] + thread:get(name) end
  end
  local errors = summary.errors
  local broken = errors.connect + errors.read + errors.write + errors.timeout
  io.write(string.format('\n{"good": %d, "created": %d, "busy": %d, "other": %d, "broken": %d, "p99": %.3f, "longest": %.3f}\n',
    counts.good, counts.created, counts.busy, counts.other, broken, latency:percentile(99) / 1000, latency.max / 1000))
end
